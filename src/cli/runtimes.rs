//! Where the compiled runtimes are.

use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// The folder's name beside the program.
const FOLDER: &str = "runtimes";
/// Where a package installs them, seen from the program's folder.
const INSTALLED: &str = "../lib/belljar/runtimes";

fn program_folder() -> Result<PathBuf, String> {
    let program = std::env::current_exe()
        .and_then(|program| program.canonicalize())
        .map_err(|error| format!("cannot tell where this program is: {error}"))?;
    Ok(program.parent().map_or_else(PathBuf::new, PathBuf::from))
}

/// The folder `runtimes` beside this program.
///
/// # Errors
/// When the system does not tell where the program is.
pub fn beside_program() -> Result<PathBuf, String> {
    Ok(program_folder()?.join(FOLDER))
}

/// The folder of compiled runtimes: the one given, else the one beside this program, else the one
/// a package installs.
///
/// # Errors
/// When there is none; says what to do.
pub fn find(given: Option<PathBuf>) -> Result<PathBuf, String> {
    let places = match given {
        Some(given) => vec![given],
        None => vec![beside_program()?, program_folder()?.join(INSTALLED)],
    };
    if let Some(place) = places.iter().find(|place| place.is_dir()) {
        return Ok(place.clone());
    }
    let tried: Vec<_> = places
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    Err(format!(
        "no compiled runtimes in {}: run `make build`, or say where they are with --runtimes or BELLJAR_RUNTIMES",
        tried.join(" or ")
    ))
}

/// Opens what [`find`] found.
///
/// # Errors
/// When it cannot be read.
pub fn open(folder: &Path) -> Result<Dir, String> {
    Dir::open_ambient_dir(folder, ambient_authority())
        .map_err(|error| format!("cannot open the folder `{}`: {error}", folder.display()))
}
