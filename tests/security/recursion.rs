//! Recursion of many sorts ends in `RecursionError`, and where CPython itself cannot tell, in an
//! error of the sandbox; never in anything worse.

use crate::common::Expect::*;
use crate::common::check;

const TOO_DEEP: &str = "stack overflow: the program recursed too deeply";

#[test]
fn recursion_of_the_programs_own_functions_is_a_recursion_error() {
    check(&[
        ("a function", "def f(): f()\nf()", Raises("RecursionError: maximum recursion depth exceeded")),
        ("caught, and going on", "
            def f(n): return f(n + 1)
            for _ in range(50):
                try: f(0)
                except RecursionError: pass
            print('fine')
        ", Prints("fine\n")),
        ("every special method", "
            class S:
                def __str__(self): return str(self)
                def __repr__(self): return f'{self!r}'
                def __format__(self, spec): return format(self, spec)
                def __hash__(self): return hash(self)
                def __len__(self): return len(self)
                def __eq__(self, other): return self == other
                def __lt__(self, other): return self < other
                def __call__(self): return self()
                def __iter__(self): return iter(self)
                def __next__(self): return next(self)
                def __bool__(self): return bool(self)
                def __index__(self): return range(self)[0]
                def __getattr__(self, name): return getattr(self, name + 'x')
                def __getitem__(self, key): return self[key]
                def __contains__(self, key): return key in self
                def __add__(self, other): return self + other
                def __enter__(self): return self.__enter__()
                def __del__(self): S()
            s = S()
            for f in (str, repr, format, hash, len, lambda s: s == s, lambda s: s < s, lambda s: s(), iter, next, bool,
                      lambda s: [][s], lambda s: s.x, lambda s: s[0], lambda s: 0 in s, lambda s: s + s, S.__enter__,
                      lambda s: sorted([s, s]), lambda s: {s: s}, lambda s: max(s, s)):
                try: f(s)
                except RecursionError: pass
                else: print('no error', f)
            print('all')
        ", Prints("all\n")),
        ("a function with defaults", "
            def f(n, x=0): return f(n + 1)
            f(0)
        ", Raises("RecursionError: maximum recursion depth exceeded")),
        ("a method with defaults", "
            class C:
                def f(self, n, x=0):
                    g = self.f
                    return g(n + 1)
            C().f(0)
        ", Raises("RecursionError: maximum recursion depth exceeded")),
        ("generators", "
            def g(n): yield from g(n + 1)
            try: next(g(0))
            except RecursionError: print('ok')
        ", Prints("ok\n")),
        ("coroutines", "
            async def a(): await a()
            try: a().send(None)
            except RecursionError: print('ok')
        ", Prints("ok\n")),
        ("descriptors, sort keys, exec, imports", "
            import sys
            class D:
                def __get__(self, o, t): return o.x
            class C: x = D()
            def key(x): return sorted([x], key=key)
            code = 'exec(code)'
            class Finder:
                def find_spec(self, name, path, target=None): __import__(name + 'x')
            sys.meta_path.insert(0, Finder())
            for f in (lambda: C().x, lambda: key(1), lambda: exec(code), lambda: __import__('nothing')):
                try: f()
                except RecursionError: print('ok', end=' ')
        ", Prints("ok ok ok ok ")),
    ]);
}

#[test]
fn lifting_pythons_own_limit_helps_nobody() {
    check(&[
        ("python frames end at the memory limit or the time limit", "
            import sys
            sys.setrecursionlimit(10 ** 9)
            def f(n): return f(n + 1)
            f(0)
        ", Ends),
        ("a reasonable depth works", "
            import sys
            sys.setrecursionlimit(60_000)
            def f(n): return n and f(n - 1)
            print(f(50_000))
        ", Prints("0\n")),
        ("what goes through C code is counted apart", "
            import sys, functools, json, re, copy, pickle
            sys.setrecursionlimit(10 ** 9)
            class S:
                def __format__(self, spec): return format(self, spec)
            nested = []
            for _ in range(100_000): nested = [nested]
            other = []
            for _ in range(100_000): other = [other]
            for f in (lambda: f'{S()}', lambda: repr(nested), lambda: nested == other, lambda: json.dumps(nested),
                      lambda: json.loads('[' * 100_000), lambda: pickle.dumps(nested)):
                try: f()
                except RecursionError: print('ok', end=' ')
        ", Prints("ok ok ok ok ok ok ")),
    ]);
}

#[test]
fn deeply_nested_data_is_a_recursion_error_or_the_sandboxs_own() {
    check(&[
        ("lists, dicts, types", "
            a, d, t = [], {}, int
            for _ in range(100_000): a, d = [a], {'a': d}
            for f in (lambda: repr(a), lambda: repr(d), lambda: isinstance(1, eval('(' * 50 + 'str,' + ')' * 50)) or isinstance(1, nested())):
                try: f()
                except RecursionError: print('ok', end=' ')
                except NameError: print('ok', end=' ')
        ", Prints("ok ok ok ")),
        ("copying", "
            import copy
            a = []
            for _ in range(100_000): a = [a]
            copy.deepcopy(a)
        ", Raises("RecursionError: maximum recursion depth exceeded")),
        ("hashing", "
            t = ()
            for _ in range(300_000): t = (t,)
            hash(t)
        ", Stopped(TOO_DEEP)),
        ("iterators of iterators", "
            x = iter([1])
            for _ in range(300_000): x = map(int, x)
            next(x)
        ", Stopped(TOO_DEEP)),
        ("chains, freed", "
            import itertools
            x = iter([])
            for _ in range(300_000): x = itertools.chain(x, [1])
            del x
            print('freed')
        ", Ends),
        ("a long list of objects, freed", "
            class N: pass
            n = None
            for _ in range(200_000):
                m = N(); m.next = n; n = m
            del n, m
            print('freed')
        ", Prints("freed\n")),
        ("exceptions of exceptions", "
            e = None
            for i in range(20_000):
                n = ValueError(i); n.__context__ = e; e = n
            raise e
        ", Ends),
        ("groups of groups", "
            e = ValueError(1)
            for i in range(20_000): e = ExceptionGroup('x', [e])
            raise e
        ", Ends),
        ("a name that holds itself", "
            a = []; a.append(a); d = {}; d['d'] = d
            print(a, d)
            for f in (lambda: hash((1, [a])), lambda: __import__('json').dumps(a)):
                try: f()
                except (TypeError, ValueError) as e: print(type(e).__name__)
        ", Prints("[[...]] {'d': {...}}\nTypeError\nValueError\n")),
    ]);
}

#[test]
fn deeply_nested_source_text_is_an_error_of_the_program() {
    check(&[
        ("compiled at run time", r#"
            sources = ["(" * 100_000 + ")" * 100_000, "-" * 100_000 + "1", "[" * 10_000 + "]" * 10_000, "a" + ".b" * 100_000,
                       "+".join("1" * 100_000), "not " * 100_000 + "1", "f'{" * 1000, "lambda:" * 10_000 + "1", "x=" * 100_000 + "1",
                       "a" + "[0]" * 100_000, "a" + "()" * 100_000, "{" * 5_000 + "}" * 5_000, "**" .join(["1"] * 50_000),
                       "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 120)) + " " * 120 + "pass",
                       "a if b else " * 50_000 + "c", "@a\n" * 50_000 + "def f(): pass", "x: " + "list[" * 50_000]
            for source in sources:
                try: compile(source, "x", "exec")
                except (RecursionError, MemoryError, SyntaxError): pass
            print("end")
        "#, Ends),
        ("as a syntax tree", "
            import ast
            tree = ast.Constant(1)
            for _ in range(100_000): tree = ast.UnaryOp(ast.USub(), tree, lineno=1, col_offset=0)
            try: compile(ast.Expression(tree), 'x', 'eval')
            except (RecursionError, MemoryError, ValueError, TypeError): print('error')
        ", Ends),
        ("the program itself", &format!("x = {}{}", "(".repeat(50_000), ")".repeat(50_000)), Ends),
        ("the program itself, indented", &indented(), Raises("IndentationError: too many levels of indentation")),
        ("regular expressions", "
            import re
            for pattern in ('(' * 10_000 + ')' * 10_000, '(?:' * 5000 + ')' * 5000, '(a|b)*' * 1000, 'a{1000}' * 1000):
                try: re.compile(pattern)
                except (RecursionError, re.error, OverflowError, MemoryError): pass
            print('end')
        ", Ends),
        ("xml", "
            import xml.etree.ElementTree as ET
            root = ET.fromstring('<a>' * 50_000 + '</a>' * 50_000)
            try: ET.tostring(root)
            except RecursionError: print('ok')
        ", Prints("ok\n")),
    ]);
}

fn indented() -> String {
    let mut code = String::from("if True:\n");
    for depth in 1..200 {
        code += &format!("{}if True:\n", " ".repeat(depth));
    }
    code + &" ".repeat(200) + "pass"
}
