//! Tables of programs, each with what must come of it.

use serde_json::json;

use super::server::{impatient, patient};
use super::{Run, Server, dedent};

/// A name that says what is tried, the program, and what must come of it.
pub type Case<'a> = (&'a str, &'a str, Expect<'a>);

#[derive(Clone, Copy, Debug)]
pub enum Expect<'a> {
    /// Success, with exactly this on standard output.
    Prints(&'a str),
    /// Success, and nothing said about standard output.
    Succeeds,
    /// The program ends by itself with this exit code.
    Exits(i64),
    /// An uncaught exception whose name and message begin like this.
    Raises(&'a str),
    /// An uncaught exception that the sandbox puts down to the memory limit.
    OutOfMemory,
    /// Stopped by the sandbox for a reason that begins like this.
    Stopped(&'a str),
    /// It may end in any way that says so: the interpreter was broken on purpose.
    Ends,
}

/// A language of the programs in a table.
struct Language {
    name: &'static str,
    /// The exit code of an uncaught exception.
    uncaught: i64,
    /// What every program must find, whatever ran before it.
    clean: &'static str,
}

const PYTHON: Language = Language {
    name: "python3",
    uncaught: 255,
    clean: PYTHON_CLEAN,
};

const JAVASCRIPT: Language = Language {
    name: "nodejs",
    uncaught: 1,
    clean: JAVASCRIPT_CLEAN,
};

impl Language {
    #[track_caller]
    fn run(&self, server: &Server, code: &str) -> Run {
        server.run_request(&json!({"language": self.name, "code": dedent(code)}))
    }

    /// The line that names an uncaught exception: Python's last one, the one before the stack in
    /// JavaScript.
    fn exception<'a>(&self, stderr: &'a str) -> &'a str {
        let mut lines = stderr.trim_end().lines();
        if self.name == PYTHON.name {
            return lines.next_back().unwrap_or("");
        }
        let is_header = |line: &&str| {
            line.split([':', ' ', '['])
                .next()
                .is_some_and(|name| name.ends_with("Error"))
        };
        lines.find(is_header).unwrap_or("")
    }
}

impl Expect<'_> {
    fn problem(self, language: &Language, run: &Run) -> Option<String> {
        let exception = language.exception(&run.stderr);
        let as_expected = match self {
            Self::Prints(stdout) => run.exit_code == 0 && run.stdout == stdout,
            Self::Succeeds => run.exit_code == 0,
            Self::Exits(code) => run.exit_code == code && run.reason().is_none(),
            Self::Raises(line) => {
                run.exit_code == language.uncaught
                    && run.reason().is_none()
                    && exception.starts_with(line)
            }
            Self::OutOfMemory => {
                run.exit_code != 0
                    && run
                        .reason()
                        .is_some_and(|given| given.starts_with("memory limit of"))
            }
            Self::Stopped(reason) => {
                run.exit_code == -1 && run.reason().is_some_and(|given| given.starts_with(reason))
            }
            Self::Ends => true,
        };
        (!as_expected).then(|| {
            let short = |text: &str| {
                let start: String = text.chars().take(300).collect();
                let skipped = text.chars().count().saturating_sub(600);
                let end: String = text.chars().skip(300 + skipped).collect();
                format!("{start}{end}")
            };
            format!(
                "expected {self:?}, got exit code {}, reason {:?}\nstdout: {}\nstderr: {}",
                run.exit_code,
                run.reason(),
                short(&run.stdout),
                short(&run.stderr)
            )
        })
    }
}

const PYTHON_CLEAN: &str = r#"
    import builtins, gc, json, os, random, sys, tempfile, threading, time
    import decimal, locale, logging, warnings
    print(json.dumps([
        __name__, sorted(globals()), sys.argv, os.getcwd(), dict(os.environ),
        os.listdir("/"), os.listdir("/tmp"), sys.path, len(sys.modules), sorted(vars(builtins)),
        builtins.print is print, repr(builtins.open), repr(json.dumps), sys.getrecursionlimit(),
        gc.isenabled(), gc.get_threshold(), len(gc.callbacks), str(decimal.getcontext()),
        len(warnings.filters), len(logging.root.handlers), threading.active_count(),
        sys.gettrace() is None, sys.excepthook is sys.__excepthook__, len(sys.meta_path),
        sys.stdout is sys.__stdout__, sys.get_int_max_str_digits(), time.tzname,
        tempfile.gettempdir(), sys.getswitchinterval(), 0.1 + 0.2, "é".upper(),
    ]))
"#;

const JAVASCRIPT_CLEAN: &str = r#"
    const shape = (value) => Reflect.ownKeys(value).map((key) => {
        const { value: inner, get } = Object.getOwnPropertyDescriptor(value, key);
        return `${String(key)}: ${typeof inner} ${typeof inner === 'function' ? inner.name + inner.length : get?.name}`;
    });
    const seen = [shape(globalThis), Object.keys(globalThis)];
    for (const each of [Object, Function, Array, String, Number, Promise, RegExp, Map, Date, Error, Buffer, URL]) {
        seen.push(shape(each), shape(each.prototype), each.prototype.toString === undefined);
    }
    for (const each of [JSON, Math, Reflect, console, process, Object.getPrototypeOf(async () => {}), Iterator.prototype]) {
        seen.push(shape(each));
    }
    for (const name of ['fs', 'util', 'crypto', 'events', 'path', 'stream']) {
        seen.push(shape(require(name)));
    }
    seen.push(process.argv, process.env, process.exitCode, process.cwd(), Object.keys(require.cache), Error.stackTraceLimit,
        process.listenerCount('exit'), module.children.length, `${Object.prototype}`, 0.1 + 0.2, 'é'.toUpperCase(),
        [3, 1, 2].sort(), /x(?<n>y)/.exec('xy').groups.n, `${[1, [2]]}`, JSON.stringify({ a: new Map() }));
    console.log(JSON.stringify(seen));
"#;

/// Runs all programs one after the other, and after each makes sure that the next one finds
/// nothing of it. Tells all that went wrong, not only the first.
#[track_caller]
pub fn check_on(server: &Server, cases: &[Case<'_>]) {
    report(problems(server, &PYTHON, cases.iter()));
}

/// [`check_on`] the servers that hostile programs share: an impatient one for those that may never
/// end.
#[track_caller]
pub fn check(cases: &[Case<'_>]) {
    check_in(&PYTHON, cases);
}

/// [`check`] with programs in JavaScript.
#[track_caller]
pub fn check_javascript(cases: &[Case<'_>]) {
    check_in(&JAVASCRIPT, cases);
}

#[track_caller]
fn check_in(language: &Language, cases: &[Case<'_>]) {
    let may_not_end =
        |case: &&Case<'_>| matches!(case.2, Expect::Ends | Expect::Stopped("timeout"));
    let (endless, ending): (Vec<_>, Vec<_>) = cases.iter().partition(may_not_end);
    let mut found = problems(impatient(), language, endless);
    found.extend(problems(patient(), language, ending));
    report(found);
}

#[track_caller]
fn report(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n\n"));
}

fn problems<'a>(
    server: &Server,
    language: &Language,
    cases: impl IntoIterator<Item = &'a Case<'a>>,
) -> Vec<String> {
    let clean = language.run(server, language.clean);
    assert_eq!(clean.error, "");
    let problem = |(name, code, expect): &Case<'_>| {
        let run = language.run(server, code);
        let mut problems: Vec<_> = expect.problem(language, &run).into_iter().collect();
        server.health();
        let after = language.run(server, language.clean);
        if (&after.error, &after.stdout, &after.stderr)
            != (&clean.error, &clean.stdout, &clean.stderr)
        {
            problems.push(format!("the next program is not clean: {after:?}"));
        }
        let text = problems.join("\n");
        (!text.is_empty()).then(|| format!("{name}: {text}"))
    };
    cases.into_iter().filter_map(problem).collect()
}
