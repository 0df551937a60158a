//! What came of keeping the packages up to date, as the keeper tells it to servers.

use serde::{Deserialize, Serialize};

use crate::program::Package;
use crate::supervisor::protocol::MAX_TEXT;

/// The state of the packages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settlement {
    /// Why they are not what the operator wants.
    pub problem: Option<String>,
    /// What programs find; not said when the list is too long for a message.
    pub packages: Option<Vec<Package>>,
}

impl Settlement {
    /// As text for a message.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        if text.len() <= MAX_TEXT {
            return text;
        }
        let short = Self {
            problem: self.problem.clone(),
            packages: None,
        };
        serde_json::to_string(&short).unwrap_or_default()
    }

    /// What [`Self::to_text`] gave; nothing known when it is something else.
    pub fn of_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_too_long_is_left_out_and_the_problem_told() {
        let package = Package {
            name: "x".repeat(1000),
            version: "1".to_owned(),
            ..Default::default()
        };
        let mut settlement = Settlement {
            problem: Some("no registry".to_owned()),
            packages: Some(vec![package.clone(); 10]),
        };
        assert_eq!(Settlement::of_text(&settlement.to_text()), settlement);
        settlement.packages = Some(vec![package; 100]);
        let told = Settlement::of_text(&settlement.to_text());
        assert_eq!((told.problem, told.packages), (settlement.problem, None));
    }
}
