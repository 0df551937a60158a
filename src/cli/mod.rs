//! (cli)
pub mod compile;
pub mod runtimes;
