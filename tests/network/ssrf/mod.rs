//! Attempts to make Belljar connect to where its operator's network begins: none reaches a canary, and
//! each is told why. With the policy opened the same attempts do reach them, so that the canaries are
//! where they were aimed at.

mod attempts;
mod canary;
mod clients;
mod internet;
mod javascript_attempts;
mod names;
mod native_attempts;
mod urls;

use std::sync::OnceLock;

use serde_json::json;

use crate::common::process::Folder;
use crate::common::server::Server;
use crate::common::{Run, dedent};
use crate::servers::world;
use crate::tier::{self, Language, Tier};
use canary::SONG;
use internet::{Internet, OWN, enter};

/// One attempt: the body of a function that returns what it got, or raises what refused it.
pub struct Attempt {
    pub name: &'static str,
    pub language: Language,
    pub code: &'static str,
    pub when_opened: WhenOpened,
}

/// What becomes of an attempt where the policy allows everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenOpened {
    /// It reaches a canary.
    Reaches,
    /// It reaches one; what refuses it otherwise is an error number, which has no room for a reason.
    ReachesByNumber,
    /// No setting allows it.
    Refused,
    /// It does something that is allowed and harmless, in either case.
    Harmless,
}

/// Everything that is not the public internet, by name.
const ALL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.192",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "'::'",
    "'::1'",
    "'::/96'",
    "'64:ff9b:1::/48'",
    "'2001::/32'",
    "'2001:db8::/32'",
    "'2002::/16'",
    "'fc00::/7'",
    "'fd00:ec2::254'",
    "'fec0::/10'",
    // What connecting to it means is this machine.
    "0.0.0.0",
    "'*.internal private'",
    "'metadata.google.internal private'",
    "'*.local private'",
];

/// A server on the operator's machine, as it is by default but for the time that programs have.
fn guarded(internet: &Internet) -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| server(internet, "network:\n  policy: public\n"))
}

/// One whose operator allows everything.
fn opened(internet: &Internet) -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let entries = ALL.iter().map(|entry| format!("    - {entry}\n"));
        let own = OWN.iter().map(|own| format!("    - '{own}'\n"));
        let allow: String = entries.chain(own).collect();
        server(
            internet,
            &format!("network:\n  policy: public\n  allow:\n{allow}"),
        )
    })
}

fn server(internet: &Internet, network: &str) -> Server {
    let folder = Folder::new();
    let authority = folder.write("authority.pem", world().authority.pem());
    let network = format!("{network}  ca_file: {}\n", authority.display());
    let config = tier::config(&folder, &network, "worker_timeout: 100");
    internet.server(folder, &config)
}

/// What came of an attempt.
fn run(server: &Server, tier: Tier, attempt: &Attempt) -> Run {
    let api = server.port();
    let code = match attempt.language {
        Language::Python => python(attempt.code, tier, api),
        Language::JavaScript => javascript(attempt.code, api),
    };
    server.run_request(
        &json!({"language": attempt.language.name(), "code": code, "enable_network": true}),
    )
}

/// Tells what a function got, or everything that is known about why it got nothing.
const PYTHON_TELLS: &str = r#"
def chain(error):
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    reasons = [getattr(each, 'reason', None) for each in seen]
    return ' <- '.join(f'{type(each).__name__}: {each}' for each in seen + [r for r in reasons if isinstance(r, BaseException)])

def tell(function, *arguments):
    try:
        return f'got {function(*arguments)!r}'
    except BaseException as error:
        return 'refused ' + chain(error)
"#;

fn python(code: &str, tier: Tier, api: u16) -> String {
    let native = if tier == Tier::Native {
        "import numpy\n"
    } else {
        ""
    };
    let body: String = dedent(code)
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    format!("{native}API = {api}\n{PYTHON_TELLS}\ndef attack():\n{body}\nprint(tell(attack))\n")
}

const JAVASCRIPT_TELLS: &str = r"
function chain(error) {
    const all = [];
    for (let each = error; each && !all.includes(each); each = each.cause) all.push(each);
    return all.map((each) => `${each.name} ${each.code ?? ''}: ${each.message} ${(each.errors ?? []).map(chain)}`).join(' <- ');
}
async function tell(f, ...args) {
    try {
        return `got ${JSON.stringify(await f(...args))}`;
    } catch (error) {
        return `refused ${chain(error)}`;
    }
}
";

fn javascript(code: &str, api: u16) -> String {
    format!(
        "const API = {api};{JAVASCRIPT_TELLS}\nasync function attack() {{\n{}}}\n\
         tell(attack).then((text) => {{ console.log(text); process.exit(0); }});\n",
        dedent(code)
    )
}

/// Tries all in this tier, where the policy is as by default and where everything is open.
fn check(tier: Tier, attempts: &[&Attempt]) {
    tier::shared(Tier::Wasm);
    let Some(internet) = enter() else { return };
    let (guarded, opened) = (guarded(&internet), opened(&internet));
    let mut problems = Vec::new();
    internet.canaries.reached();
    for attempt in attempts {
        let run = run(guarded, tier, attempt);
        let reached = internet.canaries.reached();
        let told = run.stdout.starts_with("refused ") || run.reason().is_some();
        let right = match attempt.when_opened {
            WhenOpened::Reaches => run.stdout.contains("network policy"),
            WhenOpened::Refused | WhenOpened::ReachesByNumber => told,
            WhenOpened::Harmless => true,
        };
        if !right || !reached.is_empty() || run.stdout.contains(SONG) {
            problems.push(format!(
                "{}: reached {reached:?}: {}",
                attempt.name,
                tier::in_short(&run)
            ));
        }
    }
    for attempt in attempts.iter() {
        let run = self::run(opened, tier, attempt);
        let reached = internet.canaries.reached();
        let should = matches!(
            attempt.when_opened,
            WhenOpened::Reaches | WhenOpened::ReachesByNumber
        );
        let sang =
            !reached.is_empty() || run.stdout.starts_with("got") && run.stdout.contains("ok");
        if attempt.when_opened != WhenOpened::Harmless && should != sang {
            problems.push(format!(
                "{}, with all opened: should reach: {should}, reached {reached:?}: {}",
                attempt.name,
                tier::in_short(&run)
            ));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn python_reaches_no_canary_from_webassembly() {
    let attempts: Vec<_> = attempts::ALL.iter().collect();
    check(Tier::Wasm, &attempts);
}

#[test]
fn python_reaches_no_canary_natively() {
    let attempts: Vec<_> = attempts::ALL.iter().chain(native_attempts::ALL).collect();
    check(Tier::Native, &attempts);
}

#[test]
fn javascript_reaches_no_canary() {
    let attempts: Vec<_> = javascript_attempts::ALL.iter().collect();
    check(Tier::Wasm, &attempts);
}

#[test]
fn there_are_well_over_a_hundred_attempts() {
    let special =
        attempts::ALL.len() * 2 + native_attempts::ALL.len() + javascript_attempts::ALL.len();
    let urls = urls::all().len();
    assert!(urls > 100 && special > 40, "{urls} {special}");
}
