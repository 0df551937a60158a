//! Why a package does not run in WebAssembly, in words for the operator.

use std::collections::BTreeSet;

use super::layout::is_within;
use super::probe::{Cause, Fate, Tried};
use super::site::Site;

/// What a failed import says about the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It may well work natively.
    OnlyHere(String),
    /// It would fail natively just the same.
    Everywhere(String),
}

/// In the standard library of Pythons that the native tier may have, and no longer in the guest's.
const REMOVED: [&str; 26] = [
    "aifc",
    "asynchat",
    "asyncore",
    "audioop",
    "cgi",
    "cgitb",
    "chunk",
    "crypt",
    "distutils",
    "imghdr",
    "imp",
    "lib2to3",
    "mailcap",
    "msilib",
    "nis",
    "nntplib",
    "ossaudiodev",
    "pipes",
    "smtpd",
    "sndhdr",
    "spwd",
    "sunau",
    "telnetlib",
    "uu",
    "xdrlib",
    "2to3",
];

/// In the list of the standard library's modules, and not on Linux.
const ELSEWHERE: [&str; 13] = [
    "_msi",
    "_osx_support",
    "_overlapped",
    "_scproxy",
    "_winapi",
    "_winreg",
    "_wmi",
    "idlelib",
    "msvcrt",
    "nt",
    "tkinter",
    "winreg",
    "winsound",
];

/// What is needed to tell the reasons apart.
pub struct Reasons<'a> {
    pub site: &'a Site,
    /// Top-level modules of the guest's standard library, there or not.
    pub standard: &'a BTreeSet<String>,
}

impl Reasons<'_> {
    /// `None` when the import succeeded.
    pub fn of(&self, tried: &Tried) -> Option<Why> {
        match &tried.fate {
            Fate::Imported => None,
            Fate::NeedsNative(module) => Some(Why::OnlyHere(self.native(module))),
            Fate::Ended(why) => Some(Why::OnlyHere(why.clone())),
            Fate::Raised(causes) => Some(self.raised(causes, tried)),
        }
    }

    /// That it imports a module which is native.
    fn native(&self, module: &str) -> String {
        format!("imports {module}, which is native")
    }

    fn raised(&self, causes: &[Cause], tried: &Tried) -> Why {
        let missed = || causes.iter().filter_map(|cause| cause.module.as_deref());
        let looked_for = || tried.missing.iter().map(String::as_str);
        // `from . import _x` names the package, not what is missing in it.
        let extension = missed()
            .chain(looked_for())
            .find(|module| self.site.is_extension(module));
        if let Some(extension) = extension {
            let owner = self.site.owner(extension);
            return Why::OnlyHere(if owner == self.site.owner(&tried.module) {
                format!("{extension} is a C extension")
            } else {
                self.native(self.site.root(extension))
            });
        }
        let absent = causes
            .iter()
            .filter(|cause| cause.kind == "ModuleNotFoundError");
        let mut absent = absent.filter_map(|cause| cause.module.as_deref());
        if let Some(lacking) = absent.find_map(|module| self.lacking(module)) {
            return Why::OnlyHere(lacking);
        }
        let Some(first) = causes.first() else {
            return Why::OnlyHere("cannot be imported in WebAssembly".to_owned());
        };
        if let Some(module) = &first.module
            && first.kind == "ModuleNotFoundError"
            && !self.is_anywhere(module)
        {
            return Why::Everywhere(format!("needs the module {module}, which is not installed"));
        }
        Why::OnlyHere(format!(
            "fails in WebAssembly: {}: {}",
            first.kind, first.text
        ))
    }

    /// That the guest's standard library does not have this module, if it is one.
    fn lacking(&self, module: &str) -> Option<String> {
        let top = module.split('.').next().unwrap_or_default();
        if self.site.owner(top).is_some() {
            return None;
        }
        if REMOVED.contains(&top) {
            return Some(format!(
                "needs the module {top}, which Python 3.13 no longer has"
            ));
        }
        if !self.standard.contains(top) || ELSEWHERE.contains(&top) {
            return None;
        }
        // The library's Python code may be there without its C half.
        let public = top.trim_start_matches('_');
        let shown = if self.standard.contains(public) {
            public
        } else {
            top
        };
        Some(format!("needs the module {shown}, which WebAssembly lacks"))
    }

    fn is_anywhere(&self, module: &str) -> bool {
        let top = module.split('.').next().unwrap_or_default();
        self.standard.contains(top) && !ELSEWHERE.contains(&top)
            || self.site.layouts().any(|layout| {
                let mut modules = layout.modules.keys();
                layout.modules.contains_key(module) || modules.any(|each| is_within(each, module))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Distribution;
    use super::*;

    fn site() -> Site {
        let distribution = |name: &str, files: &[&str]| Distribution {
            name: name.to_owned(),
            version: "1".to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            wanted: true,
        };
        Site::new(
            &[
                distribution(
                    "numpy",
                    &["numpy/__init__.py", "numpy/_core/_umath.abi3.so"],
                ),
                distribution("plain", &["plain.py"]),
            ],
            &[],
        )
    }

    fn why(causes: &[(&str, &str, Option<&str>)], missing: &[&str]) -> Option<Why> {
        let standard: BTreeSet<String> = ["ctypes", "_ctypes", "_socket", "winreg", "os"]
            .map(str::to_owned)
            .into();
        let site = site();
        let reasons = Reasons {
            site: &site,
            standard: &standard,
        };
        reasons.of(&Tried {
            module: "numpy".to_owned(),
            fate: Fate::Raised(
                causes
                    .iter()
                    .map(|(kind, text, module)| Cause {
                        kind: (*kind).to_owned(),
                        text: (*text).to_owned(),
                        module: module.map(str::to_owned),
                    })
                    .collect(),
            ),
            loaded: Vec::new(),
            asked: Vec::new(),
            missing: missing.iter().map(|each| (*each).to_owned()).collect(),
            effects: None,
        })
    }

    fn only_here(text: &str) -> Option<Why> {
        Some(Why::OnlyHere(text.to_owned()))
    }

    #[test]
    fn the_reason_is_what_lies_deepest() {
        let hidden = [
            (
                "ImportError",
                "Importing the numpy C-extensions failed.",
                None,
            ),
            (
                "ModuleNotFoundError",
                "No module named",
                Some("numpy._core._umath"),
            ),
        ];
        assert_eq!(
            why(&hidden, &[]),
            only_here("numpy._core._umath is a C extension")
        );
        let circular = [(
            "ImportError",
            "cannot import name '_umath'",
            Some("numpy._core"),
        )];
        assert_eq!(
            why(&circular, &["numpy._core._umath"]),
            only_here("numpy._core._umath is a C extension")
        );
    }

    #[test]
    fn the_extension_of_another_package_is_that_packages_matter() {
        let site = site();
        let standard = BTreeSet::new();
        let reasons = Reasons {
            site: &site,
            standard: &standard,
        };
        let why = reasons.of(&Tried {
            module: "plain".to_owned(),
            fate: Fate::Raised(Vec::new()),
            loaded: Vec::new(),
            asked: Vec::new(),
            missing: vec!["numpy._core._umath".to_owned()],
            effects: None,
        });
        assert_eq!(why, only_here("imports numpy, which is native"));
    }

    #[test]
    fn modules_that_the_guest_lacks_are_named_as_people_know_them() {
        let missing = |module| why(&[("ModuleNotFoundError", "No module", Some(module))], &[]);
        assert_eq!(
            missing("_ctypes"),
            only_here("needs the module ctypes, which WebAssembly lacks")
        );
        assert_eq!(
            missing("distutils.core"),
            only_here("needs the module distutils, which Python 3.13 no longer has")
        );
    }

    #[test]
    fn what_is_missing_everywhere_is_no_reason_to_run_natively() {
        for module in ["keras", "winreg"] {
            let why = why(&[("ModuleNotFoundError", "No module", Some(module))], &[]);
            assert!(matches!(why, Some(Why::Everywhere(_))), "{module}: {why:?}");
        }
        let attribute = why(
            &[(
                "AttributeError",
                "module 'os' has no attribute 'fork'",
                None,
            )],
            &[],
        );
        assert_eq!(
            attribute,
            only_here("fails in WebAssembly: AttributeError: module 'os' has no attribute 'fork'")
        );
    }
}
