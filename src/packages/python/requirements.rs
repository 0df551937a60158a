//! `dependencies/python-requirements.txt`, as pip reads it. What it asks for is pip's business; here
//! is only what tells one list from another, where it says packages come from, and what else of this
//! machine it names.
//!
//! The format: <https://pip.pypa.io/en/stable/reference/requirements-file-format/>

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::wasm::artifact::hex;

/// Where the list is, seen from the folder the server is started in.
pub const FILE: &str = "dependencies/python-requirements.txt";

/// Packages that are there without being listed.
pub const ALWAYS: [&str; 3] = ["jinja2", "requests", "httpx"];

/// What a list with all that it includes may amount to.
const MOST_BYTES: u64 = 16 << 20;
const MOST_FILES: usize = 256;

/// Options that say where packages come from, and in which form; they go for [`ALWAYS`] as well.
/// Whether each is followed by a value.
const SOURCES: [(&str, bool); 11] = [
    ("--index-url", true),
    ("--pypi-url", true),
    ("-i", true),
    ("--extra-index-url", true),
    ("--find-links", true),
    ("-f", true),
    ("--trusted-host", true),
    ("--only-binary", true),
    ("--no-binary", true),
    ("--no-index", false),
    ("--prefer-binary", false),
];
const INCLUDES: [&str; 4] = ["-r", "--requirement", "-c", "--constraint"];

/// A list and what it includes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Of all lines that mean something, in this file and those it includes.
    pub sha256: String,
    /// Whether it asks for anything.
    pub lists_something: bool,
    /// Lines for a file of ours that have packages come from where the list says.
    pub sources: Vec<String>,
    /// Environment variables that it mentions as `${NAME}`.
    pub variables: BTreeSet<String>,
    /// Files and folders of this machine that pip reads because of it.
    pub local: BTreeSet<PathBuf>,
}

/// Why the list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RequirementsError {
    #[error("cannot read `{}`: {source}", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("`{}` and what it includes are more than {MOST_FILES} files or 16 MiB", .0.display())]
    TooLarge(PathBuf),
}

/// Reads the list in `file`; one that does not exist is empty.
///
/// # Errors
/// When it, or a file that it includes, cannot be read.
pub fn read(file: &Path) -> Result<Requirements, RequirementsError> {
    let mut reader = Reader::default();
    match reader.add(file) {
        Err(RequirementsError::Read { source, .. })
            if source.kind() == io::ErrorKind::NotFound && reader.seen.len() == 1 => {}
        added => added?,
    }
    let mut requirements = reader.found;
    requirements.sha256 = hex(&reader.hash.finalize());
    Ok(requirements)
}

/// Where packages come from when nothing is listed: what the list in `file` says of that, even if it
/// cannot be read to its end.
pub fn without_packages(file: &Path) -> Requirements {
    let mut reader = Reader::default();
    let _ = reader.add(file);
    Requirements {
        lists_something: false,
        ..reader.found
    }
}

#[derive(Default)]
struct Reader {
    found: Requirements,
    hash: Sha256,
    seen: BTreeSet<PathBuf>,
    bytes: u64,
}

impl Reader {
    fn add(&mut self, file: &Path) -> Result<(), RequirementsError> {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let real = file.canonicalize().unwrap_or_else(|_| file.clone());
        if !self.seen.insert(real) {
            return Ok(());
        }
        let unreadable = |source| RequirementsError::Read {
            file: file.clone(),
            source,
        };
        let size = std::fs::metadata(&file).map_err(unreadable)?.len();
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > MOST_BYTES || self.seen.len() > MOST_FILES {
            return Err(RequirementsError::TooLarge(file));
        }
        let text = std::fs::read(&file).map_err(unreadable)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        self.found.local.insert(file.clone());
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        for line in logical_lines(text.trim_start_matches('\u{feff}')) {
            self.hash.update(line.as_bytes());
            self.hash.update(b"\n");
            self.found.variables.extend(variables(&line));
            self.line(&line, &folder)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str, folder: &Path) -> Result<(), RequirementsError> {
        if !line.starts_with('-') {
            self.found.lists_something = true;
            self.requirement(line, folder);
            return Ok(());
        }
        let mut words = words(line).into_iter().peekable();
        while let Some(word) = words.next() {
            let (option, mut value) = split(word);
            let mut value = || value.take().or_else(|| words.next()).unwrap_or_default();
            if INCLUDES.contains(&option.as_str()) {
                let value = value();
                if !is_address(&value) {
                    self.add(&folder.join(value))?;
                    // Where it ends means something.
                    self.hash.update(b"\0");
                } else if option.starts_with("-r") || option.starts_with("--r") {
                    self.found.lists_something = true;
                }
            } else if let Some((_, valued)) = SOURCES.iter().find(|(each, _)| *each == option) {
                let value = valued.then(value);
                self.source(option, value, folder);
            } else if matches!(option.as_str(), "-e" | "--editable") {
                self.found.lists_something = true;
                self.requirement(&value(), folder);
            }
        }
        Ok(())
    }

    fn source(&mut self, option: String, value: Option<String>, folder: &Path) {
        let Some(mut value) = value else {
            self.found.sources.push(option);
            return;
        };
        if matches!(option.as_str(), "-f" | "--find-links") && !is_address(&value) {
            let path = folder.join(&value);
            if path.exists() {
                value = path.display().to_string();
            }
        }
        if matches!(option.as_str(), "-f" | "--find-links") {
            self.local(&value, folder);
        }
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        self.found.sources.push(format!("{option} \"{quoted}\""));
    }

    /// A package that is given by its place.
    fn requirement(&mut self, text: &str, folder: &Path) {
        let place = match text.split_once(" @ ") {
            Some((_, place)) => place.trim(),
            None => text,
        };
        let end = place.find([' ', ';', '#', '[']).unwrap_or(place.len());
        let place = &place[..end];
        if place.contains('/') || folder.join(place).is_file() {
            self.local(place, folder);
        }
    }

    fn local(&mut self, place: &str, folder: &Path) {
        let place = place.strip_prefix("git+").unwrap_or(place);
        let path = place.strip_prefix("file:").map(|path| {
            let path = path.strip_prefix("//").unwrap_or(path);
            path.strip_prefix("localhost").unwrap_or(path)
        });
        if path.is_none() && is_address(place) {
            return;
        }
        let path = folder.join(path.unwrap_or(place));
        if path.exists() {
            self.found.local.insert(path);
        }
    }
}

/// Lines as pip sees them: continued ones joined, comments and empty ones left out.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        let comment = line.trim_start().starts_with('#');
        match line.strip_suffix('\\') {
            Some(begun) if !comment => {
                open.push_str(begun);
                continue;
            }
            _ => {}
        }
        if comment && open.is_empty() {
            continue;
        }
        if !comment {
            open.push_str(line);
        }
        lines.push(std::mem::take(&mut open));
    }
    lines.push(open);
    lines
        .iter()
        .map(|line| without_comment(line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn without_comment(line: &str) -> &str {
    let starts = line.match_indices('#').map(|(at, _)| at);
    let is_comment = |at: &usize| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    let end = starts.into_iter().find(is_comment);
    end.map_or(line, |end| &line[..end])
}

/// The words of a line of options, as a shell would split them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// An option and the value that is written in one word with it.
fn split(word: String) -> (String, Option<String>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
    }
    match word.split_at_checked(2) {
        Some((option, value)) if word.starts_with('-') && !value.is_empty() => {
            (option.to_owned(), Some(value.to_owned()))
        }
        _ => (word, None),
    }
}

fn is_address(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        let mut chars = scheme.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic())
            && chars.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// The names in `${NAME}`.
fn variables(line: &str) -> impl Iterator<Item = String> {
    line.split("${").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        (!name.is_empty() && name.chars().all(allowed)).then(|| name.to_owned())
    })
}

/// A name as package indexes compare it:
/// <https://packaging.python.org/en/latest/specifications/name-normalization/>
pub fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, removed when dropped.
    struct Folder(PathBuf);

    impl Folder {
        fn with(name: &str, files: &[(&str, &str)]) -> Self {
            let path = std::env::temp_dir().join(format!("belljar-{}-{name}", std::process::id()));
            for (file, text) in files {
                let file = path.join(file);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, text).unwrap();
            }
            Self(path)
        }

        fn read(&self) -> Requirements {
            read(&self.0.join("list.txt")).unwrap()
        }

        fn sha256(name: &str, list: &str) -> String {
            Self::with(name, &[("list.txt", list)]).read().sha256
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn only_what_means_something_tells_lists_apart() {
        let sum = |list| Folder::sha256("sums", list);
        let list = sum("pandas==2.2.3 \\\n  --hash=sha256:aa\nyaml[x] ; python_version > '3'\n");
        let same = "# a comment\n\n pandas==2.2.3   --hash=sha256:aa # why\r\n\
                    yaml[x] ; python_version > '3'";
        assert_eq!(sum(same), list);
        assert_ne!(sum("pandas==2.2.2\nyaml\n"), list);
        assert_eq!(sum(""), sum("# nothing\n"));
    }

    #[test]
    fn a_list_that_is_not_there_is_like_one_with_nothing_in_it() {
        let missing = read(Path::new("/nowhere/list.txt")).unwrap();
        assert!(!missing.lists_something);
        let empty = Folder::with("empty", &[("list.txt", "# nothing\n")]).read();
        assert_eq!(missing.sha256, empty.sha256);
    }

    #[test]
    fn what_is_included_counts() {
        let list = "-r more/one.txt\n--constraint=more/two.txt\n";
        let with = |two| {
            let one = "-r ../list.txt\nidna\n";
            let files = [
                ("list.txt", list),
                ("more/one.txt", one),
                ("more/two.txt", two),
            ];
            Folder::with("includes", &files)
        };
        let (before, after) = (with("x==1").read(), with("x==2").read());
        assert!(before.lists_something);
        assert_ne!(before.sha256, after.sha256);
        let names: Vec<_> = before
            .local
            .iter()
            .map(|path| path.file_name().unwrap())
            .collect();
        assert_eq!(names, ["list.txt", "one.txt", "two.txt"]);

        let missing = Folder::with("missing", &[("list.txt", "-r gone.txt\n")]);
        let error = read(&missing.0.join("list.txt")).unwrap_err().to_string();
        assert!(error.contains("gone.txt`: No such file"), "{error}");
        let list = "--no-index\nidna\n-r gone.txt\n";
        let missing = Folder::with("missing", &[("list.txt", list)]);
        let without = without_packages(&missing.0.join("list.txt"));
        assert_eq!(without.sources, ["--no-index"]);
        assert!(!without.lists_something);
    }

    #[test]
    fn where_packages_come_from_is_told_from_what_is_listed() {
        let list = "--index-url https://${USER_NAME}:${TOKEN}@host/simple --trusted-host host\n\
                    -f wheels\n--find-links='my wheels' --no-index\n--pre\n--only-binary=:all:\n\
                    --extra-index-url=http://other/\n-c https://host/constraints.txt\n\
                    --require-hashes\n";
        let files = [("list.txt", list), ("wheels/x", ""), ("my wheels/x", "")];
        let folder = Folder::with("sources", &files);
        let found = folder.read();
        let wheels = |name| folder.0.join(name).display().to_string();
        assert_eq!(
            found.sources,
            [
                "--index-url \"https://${USER_NAME}:${TOKEN}@host/simple\"".to_owned(),
                "--trusted-host \"host\"".to_owned(),
                format!("-f \"{}\"", wheels("wheels")),
                format!("--find-links \"{}\"", wheels("my wheels")),
                "--no-index".to_owned(),
                "--only-binary \":all:\"".to_owned(),
                "--extra-index-url \"http://other/\"".to_owned(),
            ]
        );
        assert!(!found.lists_something);
        assert_eq!(Vec::from_iter(&found.variables), ["TOKEN", "USER_NAME"]);
        assert!(found.local.contains(&folder.0.join("wheels")));
    }

    #[test]
    fn packages_given_by_their_place_are_found() {
        let list = "./one\nname[extra] @ file:///nowhere/else\n-e two\n\
                    three.whl ; python_version > '3'\nhttps://host/x.whl\npandas\ngit+https://x/y.git\n";
        let files = [
            ("list.txt", list),
            ("one/x", ""),
            ("two/x", ""),
            ("three.whl", ""),
        ];
        let folder = Folder::with("places", &files);
        let found = folder.read();
        assert!(found.lists_something);
        let mut names: Vec<_> = found
            .local
            .iter()
            .map(|path| path.file_name().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["list.txt", "one", "three.whl"]);
    }
}
