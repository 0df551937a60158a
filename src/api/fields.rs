//! The fields of a request, out of a JSON body, a form, or a query string.
//!
//! Unknown fields are skipped without being built, fields of a wrong type are named. Where a JSON
//! field appears twice the last one counts, as in Go.

use std::borrow::Cow;
use std::fmt;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::response::Refusal;

/// What requests consist of; every route takes the fields that it knows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields {
    language: Option<String>,
    code: Option<String>,
    preload: Option<String>,
    enable_network: Option<bool>,
    /// The first field with a wrong type, in words.
    wrong: Option<String>,
}

/// How a body is written, by its content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    Json,
    Form,
    /// A content type that is not understood, or none.
    Unknown,
}

impl BodyKind {
    pub fn of(headers: &HeaderMap) -> Self {
        let value = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let media_type = value.split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case("application/json") {
            Self::Json
        } else if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::Form
        } else {
            Self::Unknown
        }
    }

    /// A refusal of a body of this kind. The reference answers 400 to wrong JSON and 200 to
    /// everything else that is wrong.
    pub fn refuse(self, message: impl Into<String>) -> Refusal {
        let status = match self {
            Self::Json => StatusCode::BAD_REQUEST,
            Self::Form | Self::Unknown => StatusCode::OK,
        };
        Refusal::BadRequest {
            message: message.into(),
            status,
        }
    }

    /// The fields in `body`.
    ///
    /// # Errors
    /// A body that is empty, malformed or of an unknown kind, or a field of a wrong type.
    pub fn read(self, body: &[u8]) -> Result<Fields, Refusal> {
        let fields = match self {
            Self::Json if body.is_empty() => {
                return Err(self.refuse("the body is empty: expected a JSON object"));
            }
            Self::Json => serde_json::from_slice(body).map_err(|error| {
                self.refuse(format!("the body is not a valid JSON object: {error}"))
            })?,
            Self::Form => Fields::from_form(body),
            Self::Unknown => {
                return Err(self.refuse(
                    "the Content-Type is not understood: send `application/json` or `application/x-www-form-urlencoded`",
                ));
            }
        };
        match fields.wrong {
            Some(message) => Err(self.refuse(message)),
            None => Ok(fields),
        }
    }
}

impl Fields {
    /// The fields in a form or a query string; the first of several with one name counts.
    pub fn from_form(text: &[u8]) -> Self {
        let mut fields = Self::default();
        let pairs: Vec<(Cow<str>, Cow<str>)> =
            serde_urlencoded::from_bytes(text).unwrap_or_default();
        for (name, value) in pairs.into_iter().rev() {
            match &*name {
                "language" => fields.language = Some(value.into_owned()),
                "code" => fields.code = Some(value.into_owned()),
                "preload" => fields.preload = Some(value.into_owned()),
                "enable_network" => match truth(&value) {
                    Some(truth) => fields.enable_network = Some(truth),
                    None => fields.wrong = Some(wrong("enable_network", "a boolean", "a string")),
                },
                _ => {}
            }
        }
        fields
    }

    /// # Errors
    /// In words, when it is missing or empty.
    pub fn take_language(&mut self) -> Result<String, String> {
        required("language", self.language.take())
    }

    /// # Errors
    /// In words, when it is missing or empty.
    pub fn take_code(&mut self) -> Result<String, String> {
        required("code", self.code.take())
    }

    /// The preload, unless there is nothing in it.
    pub fn take_preload(&mut self) -> Option<String> {
        self.preload.take().filter(|preload| !preload.is_empty())
    }

    pub fn wants_network(&self) -> bool {
        self.enable_network.unwrap_or(false)
    }
}

fn required(name: &str, value: Option<String>) -> Result<String, String> {
    match value {
        None => Err(format!("{name}: missing, expected a string")),
        Some(text) if text.is_empty() => Err(format!("{name}: empty, expected a string")),
        Some(text) => Ok(text),
    }
}

fn wrong(name: &str, expected: &str, found: &str) -> String {
    format!("{name}: expected {expected}, found {found}")
}

/// A boolean as Go reads it from a form.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key::<Name>()? {
            let (name, place) = match name {
                Name::Language => ("language", &mut fields.language),
                Name::Code => ("code", &mut fields.code),
                Name::Preload => ("preload", &mut fields.preload),
                Name::EnableNetwork => {
                    match map.next_value()? {
                        FieldValue::Null => {}
                        FieldValue::Boolean(value) => fields.enable_network = Some(value),
                        other => {
                            let found = other.kind();
                            fields.wrong = Some(wrong("enable_network", "a boolean", found));
                        }
                    }
                    continue;
                }
                Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            match map.next_value()? {
                FieldValue::Null => {}
                FieldValue::Text(text) => *place = Some(text),
                other => fields.wrong = Some(wrong(name, "a string", other.kind())),
            }
        }
        Ok(fields)
    }
}

/// Which field a JSON object's key names.
#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Name {
    Language,
    Code,
    Preload,
    EnableNetwork,
    #[serde(other)]
    Other,
}

/// A value as far as any field needs it: lists and objects are skipped, not built, because they
/// would take many times the memory of their text.
enum FieldValue {
    Null,
    Boolean(bool),
    Number,
    Text(String),
    List,
    Object,
}

impl FieldValue {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number => "a number",
            Self::Text(_) => "a string",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<FieldValue, E> {
        Ok(FieldValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<FieldValue, E> {
        Ok(FieldValue::Boolean(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<FieldValue, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(FieldValue::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldValue, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(FieldValue::Object)
    }
}
