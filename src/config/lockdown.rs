//! The settings of how Belljar locks itself in.

use super::source::Sources;
use super::value::Value;
use super::{keys, value};
use crate::hardening::{Hardening, Identity, free_identity};

/// How the server locks itself in, and what is never started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockdownSettings {
    pub hardening: Hardening,
    /// Who a server that is started as root becomes (`run_as`).
    pub identity: Identity,
    /// Strict mode: nothing but WebAssembly is ever run (`wasm_only`).
    pub wasm_only: bool,
}

pub(super) fn read(sources: &mut Sources<'_>) -> LockdownSettings {
    let hardening = sources.get(&keys::HARDENING, |value| {
        match value::string(value).as_deref() {
            Ok("best-effort") => Ok(Hardening::BestEffort),
            Ok("required") => Ok(Hardening::Required),
            _ => Err("`best-effort` or `required`".to_owned()),
        }
    });
    LockdownSettings {
        hardening: hardening.unwrap_or(Hardening::BestEffort),
        identity: sources
            .get(&keys::RUN_AS, identity)
            .unwrap_or_else(free_identity),
        wasm_only: sources
            .get(&keys::WASM_ONLY, value::boolean)
            .unwrap_or(false),
    }
}

/// `1000`, `1000:1000` or `"1000:1000"`; never root.
fn identity(value: &Value) -> Result<Identity, String> {
    let expected = "the numbers of a user and a group other than root, such as `1000:1000`";
    let number = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|id| (1..u32::MAX).contains(id))
    };
    let parse = |text: &str| {
        let (uid, gid) = text.split_once(':').unwrap_or((text, text));
        Some(Identity {
            uid: number(uid)?,
            gid: number(gid)?,
        })
    };
    let text = match value::whole_number(1..=u64::from(u32::MAX - 1))(value) {
        Ok(number) => number.to_string(),
        Err(_) => value::string(value).map_err(|_| expected.to_owned())?,
    };
    parse(text.trim()).ok_or_else(|| expected.to_owned())
}
