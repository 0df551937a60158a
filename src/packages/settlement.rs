//! What came of keeping the packages up to date, as the keeper tells it to servers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::program::{Language, Package};
use crate::supervisor::protocol::MAX_TEXT;

/// What is known of the packages of every language that was looked at. A later one says all that an
/// earlier one said, so that only the last one has to arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settlements(BTreeMap<String, Settlement>);

/// The state of a language's packages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settlement {
    /// Differs from that of every other attempt.
    pub attempt: u64,
    /// Why they are not what the operator wants.
    pub problem: Option<String>,
    /// What programs find; not said when the list is too long for a message.
    pub packages: Option<Vec<Package>>,
}

/// The longest problem that is told, in characters.
const MOST_WORDS: usize = 4000;

impl Settlements {
    pub fn of(&self, language: Language) -> Option<&Settlement> {
        self.0.get(language.api_name())
    }

    pub fn set(&mut self, language: Language, mut settlement: Settlement) {
        if let Some(problem) = &mut settlement.problem
            && problem.chars().count() > MOST_WORDS
        {
            *problem = problem.chars().take(MOST_WORDS).chain(['…']).collect();
        }
        self.0.insert(language.api_name().to_owned(), settlement);
    }

    /// The same when servers cannot use it.
    pub fn with_problem(mut self, problem: &str) -> Self {
        for settlement in self.0.values_mut() {
            settlement.problem = Some(problem.to_owned());
            settlement.packages = None;
        }
        self
    }

    /// As text for a message: whole, or without reasons, or without lists, as they fit.
    pub fn to_text(&self) -> String {
        let text = |settlements: &Self| serde_json::to_string(settlements).unwrap_or_default();
        let mut told = self.clone();
        for shorten in [
            (|_| ()) as fn(&mut Settlement),
            |settlement| {
                for package in settlement.packages.iter_mut().flatten() {
                    package.reason = None;
                }
            },
            |settlement| settlement.packages = None,
        ] {
            told.0.values_mut().for_each(shorten);
            let text = text(&told);
            if text.len() <= MAX_TEXT {
                return text;
            }
        }
        text(&Self::default())
    }

    /// What [`Self::to_text`] gave; nothing known when it is something else.
    pub fn of_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(count: usize, reason: &str) -> Settlements {
        let package = Package {
            reason: Some(reason.to_owned()),
            ..Package::new("package", "1.0")
        };
        let mut settlements = Settlements::default();
        for language in Language::ALL {
            let settlement = Settlement {
                attempt: 7,
                problem: Some("no\nregistry".to_owned()),
                packages: Some(vec![package.clone(); count]),
            };
            settlements.set(language, settlement);
        }
        settlements
    }

    #[test]
    fn what_is_too_long_is_left_out_and_the_problem_told() {
        let short = with(10, "why");
        assert_eq!(Settlements::of_text(&short.to_text()), short);

        let told = Settlements::of_text(&with(200, &"x".repeat(400)).to_text());
        let python = told.of(Language::Python3).unwrap();
        let packages = python.packages.as_ref().unwrap();
        assert_eq!((packages.len(), &packages[0].reason), (200, &None));

        let told = Settlements::of_text(&with(5000, "why").to_text());
        let nodejs = told.of(Language::Nodejs).unwrap();
        let expected = Settlement {
            attempt: 7,
            problem: Some("no\nregistry".to_owned()),
            packages: None,
        };
        assert_eq!(nodejs, &expected);
    }

    #[test]
    fn an_endless_problem_is_cut() {
        let mut settlements = Settlements::default();
        let problem = Some("\u{1}".repeat(1 << 20));
        for language in Language::ALL {
            let settlement = Settlement {
                problem: problem.clone(),
                ..Settlement::default()
            };
            settlements.set(language, settlement);
        }
        let told = Settlements::of_text(&settlements.to_text());
        let problem = told.of(Language::Python3).unwrap().problem.as_ref();
        assert_eq!(problem.unwrap().chars().count(), MOST_WORDS + 1);
    }
}
