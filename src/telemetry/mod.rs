//! Logs: how they are set up, the id each request carries, and the one line each run leaves.
//!
//! Guarantee: no program's code and no program's output is ever logged.

mod request_id;
mod run_line;
mod subscriber;

pub use request_id::RequestId;
pub use run_line::RunLine;
pub use subscriber::{LogFolderError, init};
