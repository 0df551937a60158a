//! Runs programs: admission, the choice of where, limits, one outcome each.

mod program;

pub use program::{
    Ending, ExecutionError, Language, Limits, LimitReached, Outcome, Program, Usage,
};
