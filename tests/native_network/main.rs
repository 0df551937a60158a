//! The network of native programs, in the four jails that there are: as root and as an ordinary user, with
//! and without namespaces. The jail is the real one, and so is the engine behind it, whose policy allows
//! the ports of the servers here, on loopback, and nothing else.

#[path = "../common/mod.rs"]
mod common;
#[path = "../native_security/jail.rs"]
#[allow(dead_code)]
mod jail;
#[path = "../native_security/layers.rs"]
#[allow(dead_code)]
mod layers;
#[path = "../native_security/outside.rs"]
#[allow(dead_code)]
mod outside;

mod c_code;
mod limits;
mod python;
mod servers;

use common::dedent;
use jail::{Jail, LIMITS, ROOT};
use layers::NAMESPACES;
use outside::is_root;

/// What each jail lacks.
fn jails() -> Vec<&'static [&'static str]> {
    match is_root() {
        true => vec![&[], &[NAMESPACES], &[ROOT], &[ROOT, NAMESPACES]],
        false => vec![&[], &[NAMESPACES]],
    }
}

/// What a program that has the network prints; `PORT` in it is that port.
#[track_caller]
fn printed(jail: &Jail, port: u16, program: &str) -> String {
    let program = dedent(program).replace("PORT", &port.to_string());
    let outcome = jail.run_with_network(&program, LIMITS).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        outcome.exit_code(),
        0,
        "{}\n{outcome:?}",
        text(&outcome.stderr)
    );
    text(&outcome.stdout)
}

/// In each of the jails.
#[track_caller]
fn prints_everywhere(port: u16, program: &str, expected: &str) {
    for lacks in jails() {
        let jail = Jail::without(lacks).unwrap();
        assert_eq!(
            printed(&jail, port, program),
            dedent(expected),
            "without {lacks:?}"
        );
    }
}
