//! Python programs: what people's code does with the network, unmodified.

mod clients;
mod failures;
mod standard_library;

use crate::tier::{Case, Language, Tier, check};

pub fn all() -> [&'static [Case<'static>]; 3] {
    [clients::CASES, failures::CASES, standard_library::CASES]
}

fn check_all(tier: Tier) {
    // aiohttp comes with native code and sends a program to the native tier.
    let fits = |case: &&Case<'static>| tier == Tier::Native || case.0 != "aiohttp";
    let cases: Vec<_> = all().concat().iter().filter(fits).copied().collect();
    check(tier, Language::Python, &cases);
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
