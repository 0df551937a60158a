//! Sets tracing up: text or JSON, to standard error and, if a folder is configured, to a file.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::config::{LogFormat, LogLevel, LogSettings};

/// The file in the configured folder. It is only appended to, so that rotating it by copy and
/// truncate works.
const FILE_NAME: &str = "belljar.log";

/// The log file cannot be written; logging goes on to standard error alone.
#[derive(Debug, thiserror::Error)]
#[error("cannot write logs to `{}` (log_path), only to standard error: {source}", path.display())]
pub struct LogFolderError {
    path: PathBuf,
    source: io::Error,
}

/// Sends this process's events where `settings` say. Call once.
///
/// # Errors
/// When the log file cannot be opened. Standard error is logged to even then: a `log_path` that
/// was meant for another machine must not keep the server from starting.
pub fn init(settings: &LogSettings) -> Result<(), LogFolderError> {
    let (file, error) = match settings.folder.as_deref().map(open) {
        None => (None, None),
        Some(Ok(file)) => (Some(Arc::new(file)), None),
        Some(Err(error)) => (None, Some(error)),
    };
    let writer = match file {
        None => BoxMakeWriter::new(io::stderr),
        Some(file) => BoxMakeWriter::new(Both(file)),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(settings.level))
        .with_ansi(false)
        // A log that cannot be written cannot be told about either: the attempt would panic.
        .log_internal_errors(false)
        .with_writer(writer);
    // A second call keeps the first subscriber, which is all that a test run needs.
    let _ = match settings.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init(),
    };
    error.map_or(Ok(()), Err)
}

fn open(folder: &Path) -> Result<File, LogFolderError> {
    let path = folder.join(FILE_NAME);
    std::fs::create_dir_all(folder)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(&path))
        .map_err(|source| LogFolderError { path, source })
}

/// Our own events at `level`; those of libraries only when something is wrong.
fn filter(level: LogLevel) -> EnvFilter {
    let level = match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    };
    EnvFilter::new(format!("{},belljar={level}", level.min(Level::WARN)))
}

/// Writes to standard error and to a file.
struct Both(Arc<File>);

impl<'a> MakeWriter<'a> for Both {
    type Writer = Tee<'a>;

    fn make_writer(&'a self) -> Tee<'a> {
        Tee(&self.0)
    }
}

struct Tee<'a>(&'a File);

impl io::Write for Tee<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let to_file = self.0.write_all(bytes);
        io::stderr().write_all(bytes)?;
        to_file
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
