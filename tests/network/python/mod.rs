//! Python programs: what people's code does with the network, unmodified.

mod clients;
mod failures;
mod standard_library;

use crate::tier::{Case, Language, Tier, check};

pub fn all() -> [&'static [Case<'static>]; 3] {
    [clients::CASES, failures::CASES, standard_library::CASES]
}

fn check_all(tier: Tier) {
    check(tier, Language::Python, &all().concat());
}

#[test]
fn programs_work_in_webassembly() {
    check_all(Tier::Wasm);
}

#[test]
fn programs_work_in_strict_mode() {
    check_all(Tier::Strict);
}

#[test]
fn programs_work_natively() {
    check_all(Tier::Native);
}
