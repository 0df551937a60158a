//! What pip says when it fails, in the few lines that tell the operator what to change.

/// Lines of pip's own words that an error repeats, and how much of each.
const LINES: usize = 12;
const CHARACTERS: usize = 300;
/// Lines of a build's output that an error repeats: its last ones.
const BUILD_LINES: usize = 4;

/// Why pip failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the disk is full")]
    DiskFull,
    #[error(
        "pip cannot reach the package index ({0}): check the network, or set python_pip_mirror_url"
    )]
    Unreachable(String),
    #[error("{0}")]
    NotFound(String),
    #[error("the versions that are asked for do not go together:\n{0}")]
    Conflict(String),
    #[error(
        "building {package} failed:\n{words}\n{package} comes without a wheel for this machine's Python; ask for a version that has one, or install what its build needs (Debian's packages `build-essential` and `python3-dev`, as a rule)"
    )]
    Build { package: String, words: String },
    #[error("pip failed:\n{0}")]
    Other(String),
}

/// What in pip's output shows that the index was not reached.
const NETWORK: [&str; 7] = [
    "after connection broken by",
    "Could not fetch URL",
    "connection error",
    "Connection refused",
    "Read timed out",
    "ReadTimeoutError",
    "Max retries exceeded",
];

/// Finds out from what pip printed why it failed.
pub fn explain(stdout: &str, stderr: &str) -> Trouble {
    if stdout.contains("No space left on device") || stderr.contains("No space left on device") {
        return Trouble::DiskFull;
    }
    if let Some(reason) = unreachable(stderr) {
        return Trouble::Unreachable(reason);
    }
    if stderr.contains("ResolutionImpossible") || stdout.contains("The conflict is caused by") {
        return Trouble::Conflict(conflict(stdout, stderr));
    }
    if stderr.contains("[end of output]") || stderr.contains("Failed building wheel") {
        return build(stdout, stderr);
    }
    if let Some(wanted) = after(stderr, "No matching distribution found for ") {
        let versions = after(stderr, "(from versions: ").unwrap_or_default();
        let found = match versions.trim_end_matches(')') {
            "" | "none" => "no package of that name, or none for this machine's Python".to_owned(),
            versions => {
                let last: Vec<_> = versions.rsplit(", ").take(5).collect();
                let last: Vec<_> = last.into_iter().rev().collect();
                format!(
                    "the last versions that there are for this Python: {}",
                    last.join(", ")
                )
            }
        };
        return Trouble::NotFound(format!("there is no {wanted} to be had: {found}"));
    }
    Trouble::Other(words(stderr))
}

/// What broke the connection, when that is why nothing was found.
fn unreachable(stderr: &str) -> Option<String> {
    let mark = NETWORK.iter().find(|mark| stderr.contains(**mark))?;
    // A retry that went well is no trouble.
    let nothing_found = stderr.contains("(from versions: none)")
        || !stderr.contains("No matching distribution found");
    if !nothing_found || stderr.contains("ResolutionImpossible") {
        return None;
    }
    let line = stderr.lines().rfind(|line| line.contains(mark))?;
    // The innermost reason comes last, before the address that was asked.
    let reason = line.rsplit_once("]: ").map_or(line, |(_, reason)| reason);
    let reason = reason
        .rsplit_once("')': ")
        .map_or(reason, |(reason, _)| reason);
    let reason = reason
        .rsplit_once(" object at 0x")
        .map_or(reason, |(_, rest)| {
            rest.split_once(": ").map_or(rest, |(_, reason)| reason)
        });
    Some(short(reason.trim_matches(['\'', '"', ')', ' '])))
}

fn conflict(stdout: &str, stderr: &str) -> String {
    let cannot = stderr
        .lines()
        .filter(|line| line.contains("Cannot install"));
    let cannot = cannot.map(|line| line.trim_start_matches("ERROR: "));
    let caused = stdout
        .lines()
        .skip_while(|line| !line.contains("The conflict is caused by"))
        .skip(1)
        .take_while(|line| !line.trim().is_empty());
    let lines: Vec<_> = cannot.chain(caused).take(LINES).map(short).collect();
    lines.join("\n")
}

fn build(stdout: &str, stderr: &str) -> Trouble {
    let named = |line: &str| {
        let wheel = after(line, "Building wheel for ")
            .or_else(|| after(line, "Failed building wheel for "));
        let wheel = wheel
            .as_deref()
            .and_then(|rest| rest.split_whitespace().next());
        wheel.map(str::to_owned)
    };
    let collected = |line: &str| {
        let name = line.trim_start();
        let name = name
            .strip_prefix("Collecting ")
            .or_else(|| name.strip_prefix("Processing "))?;
        Some(
            name.split(" (from ")
                .next()
                .unwrap_or(name)
                .trim()
                .to_owned(),
        )
    };
    let package = stderr
        .lines()
        .find_map(named)
        .or_else(|| stdout.lines().filter_map(collected).next_back())
        .unwrap_or_else(|| "a package".to_owned());
    // The output of the build that failed first stands between these two.
    let output = stderr.split("[end of output]").next().unwrap_or_default();
    let output = match output.rfind("lines of output]") {
        Some(at) => output[at..]
            .split_once('\n')
            .map_or("", |(_, output)| output),
        None => output,
    };
    let lines: Vec<_> = output
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(BUILD_LINES)..];
    Trouble::Build {
        package: short(&package),
        words: last
            .iter()
            .map(|line| short(line.trim_start()))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// pip's own words without what is of no use to the reader: the errors and the hints that follow
/// them; without any, the last lines.
fn words(stderr: &str) -> String {
    let lines: Vec<_> = stderr
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("WARNING:"))
        .collect();
    let first = lines.iter().position(|line| line.starts_with("ERROR:"));
    let shown = match first {
        // pip itself broke; where in it is nobody's business.
        Some(first) if lines[first].starts_with("ERROR: Exception:") => &lines[lines.len() - 1..],
        Some(first) => &lines[first..],
        None => &lines[lines.len().saturating_sub(LINES)..],
    };
    let shown: Vec<_> = shown
        .iter()
        .take(LINES)
        .map(|line| short(line.trim_start_matches("ERROR: ")))
        .collect();
    if shown.is_empty() {
        return "it says nothing".to_owned();
    }
    shown.join("\n")
}

/// What follows `mark`, to the end of its line.
fn after(text: &str, mark: &str) -> Option<String> {
    let (_, rest) = text.split_once(mark)?;
    Some(rest.lines().next().unwrap_or_default().to_owned())
}

/// A line as the operator's terminal and log may show it.
fn short(line: &str) -> String {
    let visible = line
        .trim_end()
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut short: String = visible.clone().take(CHARACTERS).collect();
    if visible.count() > CHARACTERS {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What pip 23.0.1 printed, cut.
    #[test]
    fn a_connection_that_broke_is_told_from_a_package_that_there_is_not() {
        let stderr = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by \
            'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at \
            0x7fd83b50fd90>: Failed to establish a new connection: [Errno 111] Connection \
            refused')': /simple/idna/\n\
            ERROR: Could not find a version that satisfies the requirement idna (from versions: none)\n\
            ERROR: No matching distribution found for idna\n";
        let reason = "Failed to establish a new connection: [Errno 111] Connection refused";
        assert_eq!(explain("", stderr), Trouble::Unreachable(reason.to_owned()));
        let (_, without) = stderr.split_once('\n').unwrap();
        let words = explain("", without).to_string();
        assert!(
            words.starts_with("there is no idna to be had: no package of that name"),
            "{words}"
        );
        // One retry did it.
        let found = stderr.replace("(from versions: none)", "(from versions: 1.0, 2.0)");
        assert!(
            matches!(explain("", &found), Trouble::NotFound(words) if words.ends_with("1.0, 2.0"))
        );
    }

    #[test]
    fn the_last_words_of_the_build_that_failed_are_told() {
        let stderr = "  error: subprocess-exited-with-error\n  \n  \
            × Getting requirements to build wheel did not run successfully.\n  │ exit code: 1\n  \
            ╰─> [4 lines of output]\n      one\n      two\n      three\n      four\n      five\n      \
            [end of output]\n  \n  note: This error originates from a subprocess.\n";
        let stdout =
            "Collecting a==1\nCollecting pandas==0.20.0 (from -r list (line 3))\n  Installing\n";
        let build = Trouble::Build {
            package: "pandas==0.20.0".to_owned(),
            words: "two\nthree\nfour\nfive".to_owned(),
        };
        assert_eq!(explain(stdout, stderr), build);
    }

    #[test]
    fn a_full_disk_is_one_wherever_pip_says_so() {
        let stderr = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n";
        assert_eq!(explain("", stderr), Trouble::DiskFull);
    }

    #[test]
    fn however_much_pip_says_little_is_repeated() {
        let stderr = format!("ERROR: {}\n", "\u{1b}[31mx".repeat(10_000)).repeat(10_000);
        let words = explain("", &stderr).to_string();
        assert!(words.len() < 10_000 && !words.contains('\u{1b}'));
        assert_eq!(
            explain("", ""),
            Trouble::Other("it says nothing".to_owned())
        );
        let broken =
            "ERROR: Exception:\nTraceback (most recent call last):\n  File x\nValueError: odd\n";
        assert_eq!(
            explain("", broken),
            Trouble::Other("ValueError: odd".to_owned())
        );
    }
}
