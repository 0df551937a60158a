//! Python's own ways: walking to objects of the zygote, frames, hooks, modules that are shared.

use crate::attack::{Attack, Ends::*, attack, check};

const NOTHING_THERE: &str = "no layer keeps it out: it is not there";

fn nothing_of_the_zygote_is_within_reach() -> Vec<Attack> {
    vec![
        attack(
            "frames above its own",
            r#"
                frame, names = sys._getframe(), []
                while frame:
                    names.append(frame.f_code.co_filename)
                    frame = frame.f_back
                strange = [name for name in names if name != "main.py"]
                if not strange:
                    raise Refused(names)
                return strange
            "#,
            Refused,
            &[],
        )
        .untried_bare(NOTHING_THERE),
        attack(
            "objects of its memory manager",
            r#"
                import gc
                found = []
                for each in gc.get_objects():
                    if isinstance(each, socket.socket) or type(each).__name__ == "FileIO" and each.fileno() > 2:
                        found.append(repr(each))
                if not found:
                    raise Refused("no socket and no file")
                return found
            "#,
            Refused,
            &[],
        )
        .untried_bare(NOTHING_THERE),
        attack(
            "modules of Belljar",
            r#"
                found = [name for name in sys.modules if "belljar" in name.lower() or "zygote" in name.lower()]
                code = [each for each in sys.modules["__main__"].__dict__ if each not in dir()]
                if not found:
                    raise Refused("none")
                return found
            "#,
            Refused,
            &[],
        )
        .untried_bare(NOTHING_THERE),
        attack(
            "the settings of the zygote",
            r#"
                import gc
                gc.unfreeze() if hasattr(gc, "unfreeze") else None
                words = ("allowed_syscalls", "first_id", "seccomp")
                found = []
                for each in gc.get_objects():
                    if type(each) is dict and each is not HOST and each is not NUMBERS and each is not globals():
                        found += [key for key in list(each) if isinstance(key, str) and key in words]
                if not found:
                    raise Refused("none")
                return found
            "#,
            Refused,
            &[],
        )
        .untried_bare(NOTHING_THERE),
        attack(
            "the command line",
            r#"
                arguments = open("/proc/self/cmdline").read()
                if HOST["site"] in arguments:
                    return arguments
                if HOST["site"] in str(sys.orig_argv):
                    return sys.orig_argv
                raise Refused(arguments)
            "#,
            Refused,
            &[],
        )
        .untried_bare(NOTHING_THERE),
        attack(
            "the environment",
            r#"
                strange = [name for name in os.environ if HOST["environment name"] in name or "API_KEY" in name]
                if not strange:
                    raise Refused(sorted(os.environ))
                return strange
            "#,
            Refused,
            &[],
        )
        .untried_bare(NOTHING_THERE),
        attack(
            "the end of the interpreter, where others may have registered something",
            r#"
                import atexit
                if atexit._ncallbacks() > 2:
                    return atexit._ncallbacks()
                raise Refused(atexit._ncallbacks())
            "#,
            Refused,
            &[],
        )
        .untried_bare(NOTHING_THERE),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [nothing_of_the_zygote_is_within_reach()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
