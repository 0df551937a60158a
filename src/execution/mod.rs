//! Runs programs: admission, the choice of where, limits, one outcome each.

mod executor;
mod program;

pub use executor::{Admission, ExecutionSettings, Executor};
pub use program::{
    Ending, ExecutionError, Language, LimitReached, Limits, Outcome, Program, Usage,
};
