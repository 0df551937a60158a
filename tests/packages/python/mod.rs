//! Python packages: installed by real pip, from wheels and sources that the tests make (and, in
//! `index`, from the package index), and used by programs.

mod command_line;
mod failures;
mod index;
mod lists;
mod serving;
mod wheels;

use std::path::PathBuf;

use crate::common::cli::{Cli, Ended};
use crate::common::process::{Folder, program_folder};

const REQUIREMENTS: &str = "dependencies/python-requirements.txt";

const INSTALL: [&str; 4] = ["packages", "install", "--language", "python3"];
const SHOW: [&str; 3] = ["packages", "--language", "python3"];

/// The first line of a list that needs no network.
const OFFLINE: &str = "--no-index --find-links wheels\n";

/// A folder to install packages in.
struct Site(Folder);

impl Site {
    /// With wheels of `alpha` 1 and 2, of `beta`, which needs `alpha` 2 or later, and of `gamma`,
    /// which needs `alpha` before 2.
    fn new() -> Self {
        let site = Self(Folder::new());
        let wheels = site.0.0.join("dependencies/wheels");
        std::fs::create_dir_all(&wheels).unwrap();
        let cache = site.cache().join("python");
        std::fs::create_dir_all(&cache).unwrap();
        // Making pip's virtual environment takes longer than all else; it is `make test`'s.
        let pip = program_folder().join("packages/python/pip");
        std::os::unix::fs::symlink(pip, cache.join("pip")).unwrap();
        site.wheel("alpha", "1.0", &[]);
        site.wheel("alpha", "2.0", &[]);
        site.wheel("beta", "1.0", &["alpha>=2"]);
        site.wheel("gamma", "1.0", &["alpha<2"]);
        site
    }

    fn wheel(&self, name: &str, version: &str, needs: &[&str]) -> PathBuf {
        let wheels = self.0.0.join("dependencies/wheels");
        wheels::pure(&wheels, name, version, needs)
    }

    fn cache(&self) -> PathBuf {
        self.0.0.join("cache")
    }

    fn list(&self, lines: &str) {
        self.0.write(REQUIREMENTS, lines);
    }

    fn belljar(&self, arguments: &[&str]) -> Ended {
        self.belljar_with(arguments, &[], "")
    }

    fn belljar_with(&self, arguments: &[&str], environment: &[(&str, &str)], stdin: &str) -> Ended {
        let cache = self.cache();
        let cache = ("PACKAGES_CACHE", cache.to_str().unwrap());
        let environment: Vec<_> = environment.iter().copied().chain([cache]).collect();
        let cli = Cli {
            environment: &environment,
            stdin,
            ..Cli::new(arguments)
        };
        cli.run_in(&self.0.0)
    }

    /// Installs what is listed.
    #[track_caller]
    fn install(&self) -> Ended {
        let installed = self.belljar(&INSTALL);
        assert_eq!(installed.code, Some(0), "{installed:?}");
        installed
    }

    /// What a program prints.
    #[track_caller]
    fn run(&self, code: &str) -> String {
        let ran = self.belljar_with(&["run", "-"], &[], code);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout
    }

    /// Fails to install what is listed, in a few words, and leaves nothing behind.
    #[track_caller]
    fn refuses(&self, environment: &[(&str, &str)]) -> String {
        let refused = self.belljar_with(&INSTALL, environment, "");
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(
            refused.stderr.starts_with("belljar: error: "),
            "{refused:?}"
        );
        assert!(refused.stderr.len() < 3000, "{refused:?}");
        assert_eq!(self.half_done(), Vec::<String>::new());
        refused.stderr.replace("belljar: error: ", "")
    }

    fn half_done(&self) -> Vec<String> {
        self.names("")
            .into_iter()
            .filter(|name| name.starts_with("work"))
            .collect()
    }

    fn sets(&self) -> Vec<String> {
        self.names("sets")
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.cache().join("python").join(folder));
        let entries = entries.into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}
