//! What there is of a language's packages, in the same words for every language.

use super::Places;
use super::npm;
use super::python;
use crate::program::{Language, Package};

/// What there is for a requirements file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether it is what the file asks for.
    pub up_to_date: bool,
    /// Names what servers that are started now find, if they find anything.
    pub in_use: Option<String>,
    pub packages: Vec<Package>,
    /// What the operator should know of them.
    pub notes: Vec<String>,
}

/// Names what servers that are started now find, if they find anything; also when the list is broken.
pub fn in_use(places: &Places, language: Language) -> Option<String> {
    match language {
        Language::Python3 => python::maintain::ready(places).ok()?.set.map(|set| set.key),
        Language::Nodejs => state(places, language).ok()?.in_use,
    }
}

/// What there is of the packages of `language`.
///
/// # Errors
/// When the requirements are wrong or something is missing, in words for the operator.
pub fn state(places: &Places, language: Language) -> Result<State, String> {
    match language {
        Language::Python3 => {
            let ready = python::maintain::up_to_date(places)?;
            let set = ready.set.as_ref();
            Ok(State {
                up_to_date: ready.fits,
                in_use: set.map(|set| set.key.clone()),
                packages: set.map_or_else(Vec::new, |set| set.packages.clone()),
                notes: set.map_or_else(Vec::new, |set| set.notes.clone()),
            })
        }
        Language::Nodejs => {
            use npm::maintain::Ready;
            let (in_use, packages) = match npm::maintain::ready(places)? {
                Ready::Set(set, sha256) => (Some(sha256), npm::sets::packages(&set)),
                Ready::NothingWanted(sha256) => (Some(sha256), Vec::new()),
                Ready::NotMade(_) => (None, Vec::new()),
            };
            Ok(State {
                up_to_date: in_use.is_some(),
                in_use,
                packages,
                notes: Vec::new(),
            })
        }
    }
}
