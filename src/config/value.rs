//! What stands in the file or the environment for one key, and how each type is read from it.
//!
//! A reader returns the value, or in words what it expected; where the value stands and what was
//! found is added by [`super::source`].

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use libseccomp::ScmpSyscall;

use super::duration;
use crate::units::{ByteSize, Fuel};

/// A value as it was written, before any type was asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A single value without quotation marks.
    Plain(String),
    /// A single value in quotation marks, a YAML block, or an environment variable.
    Text(String),
    List(Vec<Value>),
    /// Keys with values.
    Mapping,
}

impl Value {
    /// Whether the value means "not set": nothing, `null`, `~`, or an empty text.
    pub fn is_unset(&self) -> bool {
        match self {
            Self::Plain(text) => matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"),
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Mapping => false,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Plain(text) | Self::Text(text) => Some(text.trim()),
            Self::List(_) | Self::Mapping => None,
        }
    }
}

/// Says what was found, for an error message: `the string "four"`, `a list`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(_) => f.write_str("a list"),
            Self::Mapping => f.write_str("keys with values"),
            value if value.is_unset() => f.write_str("nothing"),
            Self::Plain(text) if truth(text).is_some() && text.parse::<f64>().is_err() => {
                write!(f, "the boolean {text}")
            }
            Self::Plain(text) if text.parse::<f64>().is_ok() => write!(f, "the number {text}"),
            Self::Plain(text) | Self::Text(text) => {
                const SHOWN: usize = 60;
                let short: String = text.chars().take(SHOWN).collect();
                let more = if text.chars().count() > SHOWN {
                    "…"
                } else {
                    ""
                };
                write!(f, "the string {short:?}{more}")
            }
        }
    }
}

/// In words, what would have been right: `a whole number of at least 1`.
pub type Expected = String;

pub fn string(value: &Value) -> Result<String, Expected> {
    value
        .text()
        .map(str::to_owned)
        .ok_or_else(|| "a single value".to_owned())
}

/// An address of the web.
pub fn web_address(value: &Value) -> Result<String, Expected> {
    value
        .text()
        .filter(|text| {
            ["http://", "https://"]
                .iter()
                .any(|scheme| text.starts_with(scheme))
        })
        .map(str::to_owned)
        .ok_or_else(|| "an address that begins with `https://` or `http://`".to_owned())
}

/// `true`/`false` and YAML 1.1's and Go's other words for them, in any case.
pub fn boolean(value: &Value) -> Result<bool, Expected> {
    value
        .text()
        .and_then(truth)
        .ok_or_else(|| "`true` or `false`".to_owned())
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "t" | "y" | "1" => Some(true),
        "false" | "no" | "off" | "f" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number within `range`.
pub fn whole_number(
    range: std::ops::RangeInclusive<u64>,
) -> impl Fn(&Value) -> Result<u64, Expected> {
    move |value| {
        value
            .text()
            .and_then(|text| text.replace('_', "").parse().ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| match (*range.start(), *range.end()) {
                (least, u64::MAX) => format!("a whole number of at least {least}"),
                (least, most) => format!("a whole number from {least} to {most}"),
            })
    }
}

/// Whole seconds, or a duration with its unit; never zero.
pub fn seconds(value: &Value) -> Result<Duration, Expected> {
    value
        .text()
        .and_then(|text| match text.parse::<u64>() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => duration::parse(text),
        })
        .filter(|time| !time.is_zero() && *time <= MAX_TIMEOUT)
        .ok_or_else(|| {
            "a whole number of seconds of at least 1 (or a duration such as `1.5s`), at most a day"
                .to_owned()
        })
}

const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

pub fn go_duration(value: &Value) -> Result<Duration, Expected> {
    value
        .text()
        .and_then(duration::parse)
        .ok_or_else(|| "a duration such as `30m`, `1h30m` or `1.5s`".to_owned())
}

/// A size within `range`.
pub fn size(
    range: std::ops::RangeInclusive<ByteSize>,
) -> impl Fn(&Value) -> Result<ByteSize, Expected> {
    move |value| {
        value
            .text()
            .and_then(|text| text.parse().ok())
            .filter(|size| range.contains(size))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                format!("a size such as `64KiB` or `10MiB`, from {least} to {most}")
            })
    }
}

pub fn fuel(value: &Value) -> Result<Fuel, Expected> {
    whole_number(1..=u64::MAX)(value).map(Fuel)
}

/// An address of this machine to listen on.
pub fn ip_address(value: &Value) -> Result<IpAddr, Expected> {
    value
        .text()
        .and_then(|text| match text {
            "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            _ => text.trim_matches(['[', ']']).parse().ok(),
        })
        .ok_or_else(|| {
            "an IP address such as `127.0.0.1`, `0.0.0.0` (all interfaces) or `::1`".to_owned()
        })
}

/// A list of single values; in one text they are separated by commas.
pub fn strings(value: &Value) -> Result<Vec<String>, Expected> {
    let wrong = || "a list".to_owned();
    match value {
        Value::List(items) => items
            .iter()
            .map(|item| item.text().map(str::to_owned).ok_or_else(wrong))
            .collect(),
        Value::Plain(text) | Value::Text(text) => {
            Ok(text.split(',').map(|item| item.trim().to_owned()).collect())
        }
        Value::Mapping => Err(wrong()),
    }
}

/// A list of system calls, by their names or numbers on this machine; names where there is one.
pub fn syscalls(value: &Value) -> Result<Vec<String>, Expected> {
    strings(value)
        .map_err(|_| "a list of system calls, by name or number".to_owned())?
        .iter()
        .map(|item| syscall(item))
        .collect()
}

fn syscall(text: &str) -> Result<String, Expected> {
    // Lists written for dify-sandbox have numbers, also of calls that this machine may not know.
    if let Ok(number) = text.parse::<u32>() {
        let known = i32::try_from(number).map(ScmpSyscall::from);
        let name = known.ok().and_then(|call| call.get_name().ok());
        return Ok(name.unwrap_or_else(|| number.to_string()));
    }
    match ScmpSyscall::from_name(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!(
            "a list of system calls, by name or number, and there is none called `{text}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Value {
        Value::Plain(text.to_owned())
    }

    #[test]
    fn booleans_of_yaml_1_1_and_go_are_understood() {
        for text in ["true", "True", "TRUE", "yes", "on", "1", "t"] {
            assert_eq!(boolean(&plain(text)), Ok(true), "{text}");
        }
        for text in ["false", "False", "no", "Off", "0"] {
            assert_eq!(boolean(&plain(text)), Ok(false), "{text}");
        }
        assert!(boolean(&plain("maybe")).is_err());
    }

    #[test]
    fn what_was_found_is_named_by_its_kind() {
        for (value, words) in [
            (plain("four"), "the string \"four\""),
            (plain("4.5"), "the number 4.5"),
            (plain("True"), "the boolean True"),
            (plain("1"), "the number 1"),
            (plain(""), "nothing"),
            (Value::Text("4".to_owned()), "the string \"4\""),
            (Value::List(vec![plain("1")]), "a list"),
            (Value::Mapping, "keys with values"),
        ] {
            assert_eq!(value.to_string(), words);
        }
    }

    #[test]
    fn timeouts_are_seconds_or_durations() {
        assert_eq!(seconds(&plain("5")), Ok(Duration::from_secs(5)));
        assert_eq!(seconds(&plain("1.5s")), Ok(Duration::from_millis(1500)));
        for text in ["0", "-1", "five", "1.5", "48h"] {
            assert!(seconds(&plain(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_may_be_written_with_commas() {
        let listed = strings(&plain("a,b, c"));
        assert_eq!(listed, Ok(vec!["a".into(), "b".into(), "c".into()]));
    }

    #[test]
    fn system_calls_are_named_or_numbered() {
        let getpid = libc::SYS_getpid.to_string();
        let list = syscalls(&plain(&format!("{getpid}, read,99999")));
        assert_eq!(
            list,
            Ok(vec!["getpid".into(), "read".into(), "99999".into()])
        );
        let error = syscalls(&plain("raed")).unwrap_err();
        assert!(error.contains("`raed`"), "{error}");
        assert!(syscalls(&plain("-1")).is_err());
    }
}
