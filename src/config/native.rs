//! The settings of the native tier.

use std::time::Duration;

use super::source::{Notice, Sources};
use super::{keys, value};
use crate::native::syscalls::Extra;
use crate::units::ByteSize;

/// How processes of the native tier are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeSettings {
    /// Children of each zygote that wait for programs (`native.parked_children`).
    pub parked_children: usize,
    /// When a zygote is replaced by a fresh one: after so many programs (`native.zygote_runs`) …
    pub zygote_runs: u64,
    /// … after this time (`native.zygote_age`) …
    pub zygote_age: Duration,
    /// … or when its memory has grown by this (`native.zygote_growth`).
    pub zygote_growth: ByteSize,
    /// System calls allowed beyond the list, by name where they have one (`allowed_syscalls`).
    pub allowed_syscalls: Vec<String>,
}

/// Each takes some MiB of memory; more than run at once are of no use.
const DEFAULT_MOST_PARKED: usize = 4;
const MOST_PARKED: u64 = 256;
const DEFAULT_RUNS: u64 = 5000;
const DEFAULT_AGE: Duration = Duration::from_secs(60 * 60);
const LEAST_AGE: Duration = Duration::from_secs(1);
const DEFAULT_GROWTH: ByteSize = ByteSize::mib(128);

pub(super) fn read(sources: &mut Sources<'_>, max_workers: usize) -> NativeSettings {
    let parked = sources.get(&keys::NATIVE_PARKED, value::whole_number(0..=MOST_PARKED));
    let parked = parked.and_then(|number| usize::try_from(number).ok());
    let runs = sources.get(&keys::NATIVE_RUNS, value::whole_number(1..=u64::MAX));
    let age = sources.get(&keys::NATIVE_AGE, value::go_duration);
    let growth = sources.get(
        &keys::NATIVE_GROWTH,
        value::size(ByteSize::mib(1)..=ByteSize(u64::MAX)),
    );
    let allowed = sources.get(&keys::ALLOWED_SYSCALLS, value::syscalls);
    let allowed_syscalls = allowed.unwrap_or_default();
    let ignored = Extra::of(&allowed_syscalls).ignored;
    if !ignored.is_empty() {
        let text = format!("allowed_syscalls: not allowed: {}", ignored.join("; "));
        sources.notices.push(Notice::Warning(text));
    }
    NativeSettings {
        parked_children: parked.unwrap_or(max_workers.min(DEFAULT_MOST_PARKED)),
        zygote_runs: runs.unwrap_or(DEFAULT_RUNS),
        zygote_age: age.map_or(DEFAULT_AGE, |age| age.max(LEAST_AGE)),
        zygote_growth: growth.unwrap_or(DEFAULT_GROWTH),
        allowed_syscalls,
    }
}
