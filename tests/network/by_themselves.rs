//! The same programs by the machine's own Python and Node, to see that what is expected of Belljar is
//! what they do. Needs the packages, and is for whoever writes programs here:
//!
//! ```text
//! pip install --target FOLDER requests httpx aiohttp numpy; npm install --prefix FOLDER axios ws
//! BELLJAR_TEST_PACKAGES=FOLDER cargo test --release --test network by_themselves -- --ignored
//! ```

use std::path::PathBuf;
use std::process::Command;

use crate::common::process::Folder;
use crate::servers::world;
use crate::tier::{Case, Language, Tier, check_each, filled};
use crate::{javascript, python};

fn check(language: Language, cases: &[Case<'_>]) {
    let packages = std::env::var("BELLJAR_TEST_PACKAGES").expect("BELLJAR_TEST_PACKAGES is set");
    let packages = PathBuf::from(packages);
    let folder = Folder::new();
    let authority = folder.write("authority.pem", world().authority.pem());
    check_each(cases, |code| {
        let program = match language {
            Language::Python => "/usr/bin/python3",
            Language::JavaScript => "node",
        };
        let code = format!("{}{}", language.prelude(Tier::Native), filled(code));
        let flag = if program == "node" { "-e" } else { "-c" };
        let output = Command::new(program)
            .args([flag, &code])
            .env("PYTHONPATH", &packages)
            .env("NODE_PATH", packages.join("node_modules"))
            .env("SSL_CERT_FILE", &authority)
            .env("REQUESTS_CA_BUNDLE", &authority)
            .env("NODE_EXTRA_CA_CERTS", &authority)
            .output()
            .map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(text(&output.stdout) + &text(&output.stderr))
    });
}

#[test]
#[ignore = "needs Python and npm packages in BELLJAR_TEST_PACKAGES"]
fn python() {
    for cases in python::all() {
        check(Language::Python, cases);
    }
}

#[test]
#[ignore = "needs Python and npm packages in BELLJAR_TEST_PACKAGES"]
fn javascript() {
    for cases in javascript::all() {
        check(Language::JavaScript, cases);
    }
}
