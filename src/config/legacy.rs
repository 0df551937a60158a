//! dify-sandbox's keys that Belljar does not use yet: they are checked like every other key, so
//! that a typo shows, and reported once as without effect.

use super::keys;
use super::source::{Notice, Sources};
use super::value;

/// Checks the keys without effect and notes which of them are set.
pub fn check(sources: &mut Sources<'_>) {
    let mut set = Vec::new();
    if sources.get(&keys::NODEJS_PATH, value::string).is_some() {
        set.push(keys::NODEJS_PATH.path);
    }
    for key in [keys::PYTHON_LIB_PATH, keys::ALLOWED_ENV_VARS] {
        if sources.get(&key, value::strings).is_some() {
            set.push(key.path);
        }
    }
    if !set.is_empty() {
        sources.notices.push(Notice::Information(format!(
            "set, but without effect in this release: {} (see docs/configuration.md)",
            set.join(", ")
        )));
    }
}
