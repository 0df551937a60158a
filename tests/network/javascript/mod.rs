//! JavaScript programs: fetch, http and https, axios and ws, unmodified.

mod clients;
mod failures;
mod fetch;

use crate::tier::{Case, Language, Tier, check};

pub fn all() -> [&'static [Case<'static>]; 3] {
    [fetch::CASES, clients::CASES, failures::CASES]
}

#[test]
fn programs_work() {
    check(Tier::Wasm, Language::JavaScript, &all().concat());
}

#[test]
fn programs_work_in_strict_mode() {
    check(Tier::Strict, Language::JavaScript, &all().concat());
}
