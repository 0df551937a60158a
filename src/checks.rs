//! What `belljar doctor` finds out, one [`Check`] per question.

use serde::Serialize;

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Belljar works, but less well or less safely than it could.
    Warning,
    /// Belljar cannot serve like this.
    Failed,
}

/// One question about this installation or machine, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, in a few words, such as `configuration` or `landlock`.
    pub name: String,
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What to do about it, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Check {
    pub fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            status: Status::Ok,
            found: found.into(),
            mend: None,
        }
    }

    pub fn warning(
        name: impl Into<String>,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            status: Status::Warning,
            mend: Some(mend.into()),
            ..Self::ok(name, found)
        }
    }

    pub fn failed(
        name: impl Into<String>,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            status: Status::Failed,
            ..Self::warning(name, found, mend)
        }
    }
}
