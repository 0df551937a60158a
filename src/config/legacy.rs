//! dify-sandbox's keys that Belljar does not use yet: they are checked like every other key, so
//! that a typo shows, and reported once as without effect.

use super::keys::{self, Key};
use super::source::{Notice, Sources};
use super::value;

/// Checks the keys without effect and notes which of them are set.
pub fn check(sources: &mut Sources<'_>) {
    let mut set = Vec::new();
    let mut texts = |keys: &[Key]| {
        for key in keys {
            if sources.get(key, value::string).is_some() {
                set.push(key.path);
            }
        }
    };
    texts(&[
        keys::NODEJS_PATH,
        keys::PROXY_SOCKS5,
        keys::PROXY_HTTP,
        keys::PROXY_HTTPS,
        keys::PROXY_NO_PROXY,
    ]);
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
