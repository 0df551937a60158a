//! Hooks that Python calls while a program runs.

use crate::common::Expect::*;
use crate::common::check;

#[test]
fn trace_functions_are_held_to_the_limits() {
    check(&[
        (
            "one that loops",
            "
            import sys
            def trace(*a):
                while True: pass
            sys.settrace(trace)
            def f(): pass
            f()
        ",
            Stopped("timeout"),
        ),
        (
            "one that raises",
            "
            import sys
            def trace(frame, event, argument): raise ValueError(event)
            sys.settrace(trace)
            def f(): pass
            f()
        ",
            Raises("ValueError: call"),
        ),
        (
            "one that jumps back for ever",
            "
            import sys
            def trace(frame, event, argument):
                if event == 'line' and frame.f_lineno == last: frame.f_lineno = first
                return trace
            def f():
                x = 1
                x = 2
                x = 3
            first, last = f.__code__.co_firstlineno + 1, f.__code__.co_firstlineno + 3
            sys.settrace(trace)
            f()
        ",
            Stopped("timeout"),
        ),
        (
            "one that jumps out of a loop's setup",
            "
            import sys
            def trace(frame, event, argument):
                if event == 'line':
                    for line in range(1, 30):
                        try: frame.f_lineno = line
                        except ValueError: pass
                return trace
            def f():
                for i in [1, 2]:
                    with open('/tmp/x', 'w') as g:
                        try: g.write('x')
                        finally: pass
            sys.settrace(trace)
            f()
        ",
            Ends,
        ),
        (
            "profiling",
            "
            import sys
            def profile(*a):
                while True: pass
            sys.setprofile(profile)
            len('')
        ",
            Stopped("timeout"),
        ),
        (
            "monitoring",
            "
            import sys
            m = sys.monitoring
            m.use_tool_id(0, 'x')
            def forever(*a):
                while True: pass
            m.register_callback(0, m.events.LINE, forever)
            m.set_events(0, m.events.LINE)
            x = 1
        ",
            Stopped("timeout"),
        ),
        (
            "monitoring every instruction",
            "
            import sys
            m = sys.monitoring
            m.use_tool_id(0, 'x')
            count = 0
            def tick(*a):
                global count
                count += 1
            m.register_callback(0, m.events.INSTRUCTION, tick)
            m.set_events(0, m.events.INSTRUCTION)
            for i in range(1000): pass
            m.set_events(0, 0)
            print(count > 1000)
        ",
            Prints("True\n"),
        ),
        (
            "locals changed from outside",
            "
            import sys
            def f():
                x = 1
                sys._getframe().f_locals['x'] = 2
                g()
                return x
            def g(): sys._getframe(1).f_locals['x'] = 3
            print(f())
            try: sys._getframe(100)
            except ValueError: print('no')
        ",
            Prints("3\nno\n"),
        ),
    ]);
}

#[test]
fn no_frame_below_the_program_is_to_be_seen() {
    check(&[("frames", "
        import sys, inspect, traceback
        frame = sys._getframe()
        print(frame.f_back, frame.f_code.co_filename, len(inspect.stack()), len(traceback.extract_stack()))
    ", Prints("None main.py 1 1\n"))]);
}

#[test]
fn warnings_without_end_stop_at_the_limit() {
    check(&[
        (
            "shown",
            "
            import warnings
            warnings.simplefilter('always')
            while True: warnings.warn('x')
        ",
            Ends,
        ),
        (
            "turned into errors",
            "
            import warnings
            warnings.simplefilter('error')
            warnings.warn('x')
        ",
            Raises("UserWarning: x"),
        ),
        (
            "shown by a function that loops",
            "
            import warnings
            def show(*a, **k):
                while True: pass
            warnings.showwarning = show
            warnings.warn('x')
        ",
            Stopped("timeout"),
        ),
    ]);
}
