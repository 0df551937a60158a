//! The jail where there is less to make it of: without namespaces, as in a container with its usual
//! profile, and started by an ordinary user. Every attack is refused there as well, but for those that
//! are named here with what that means.

use crate::attack::{Attack, check_in_jail_without};
use crate::jail::ROOT;
use crate::outside::is_root;

/// What stands open without namespaces: the program shares the host's.
pub const OPEN_WITHOUT_NAMESPACES: &[&str] = &[
    // Landlock does not hide that files are there, only what is in them and in folders.
    "whether a file is there, and how large",
    // There is one host name.
    "its name",
];

pub fn all() -> Vec<Attack> {
    [
        crate::descriptors::attacks(),
        crate::exhaustion::attacks(),
        crate::files::attacks(),
        crate::filter_evasion::attacks(),
        crate::host_information::attacks(),
        crate::kernel_interfaces::attacks(),
        crate::machine_code::attacks(),
        crate::namespaces::attacks(),
        crate::network::attacks(),
        crate::other_processes::attacks(),
        crate::privileges::attacks(),
        crate::processes::attacks(),
        crate::python_level::attacks(),
        crate::signals::attacks(),
    ]
    .concat()
}

#[test]
fn there_are_well_over_fifty_attacks() {
    assert!(all().len() > 150, "{}", all().len());
}

#[test]
fn all_are_refused_without_namespaces() {
    check_in_jail_without(&["namespaces"], &all(), OPEN_WITHOUT_NAMESPACES);
}

#[test]
fn all_are_refused_when_an_ordinary_user_starts_the_jailer() {
    if is_root() {
        check_in_jail_without(&[ROOT], &all(), &[]);
    }
}

#[test]
fn all_are_refused_when_an_ordinary_user_starts_it_without_namespaces() {
    if is_root() {
        check_in_jail_without(&[ROOT, "namespaces"], &all(), OPEN_WITHOUT_NAMESPACES);
    }
}
