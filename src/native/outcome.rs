//! From how a jailed process ended to how a program ended, in the words of the other tier.

use std::time::Duration;

use super::messages::{How, ProcessLimits, RunEnded};
use crate::program::{
    Ending, LimitReached, Limits, NetworkUsage, Outcome, Tier, Usage, died_of_memory,
};
use crate::units::{ByteSize, Fuel};

/// What a second of one processor counts as, by convention: a process has no fuel. A program in
/// WebAssembly uses about this much in a second, so that `limits.fuel` means about the same work.
pub const FUEL_PER_CPU_SECOND: u64 = 5_000_000_000;

/// Threads of one program.
const MOST_THREADS: u32 = 64;

/// The limits of a program as those of a process.
pub fn process_limits(limits: &Limits) -> ProcessLimits {
    let milliseconds = u64::try_from(limits.wall_clock.as_millis()).unwrap_or(u64::MAX);
    ProcessLimits {
        wall_clock_ms: milliseconds,
        cpu_ms: (limits.fuel.0 / (FUEL_PER_CPU_SECOND / 1000)).max(1),
        memory_bytes: limits.memory.bytes(),
        tmp_bytes: limits.tmp_bytes.bytes(),
        tmp_files: limits.tmp_files,
        threads: MOST_THREADS,
        connections: limits.connections,
        network_bytes: limits.network_bytes.bytes(),
    }
}

/// What the server read of a program's output.
pub struct Outputs {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// The limit that one of them went over; then the process was stopped for it.
    pub over: Option<LimitReached>,
}

/// The outcome of a run that began `waited` after its request came.
///
/// # Errors
/// When it could not be run, in words for the operator.
pub fn outcome(
    limits: Limits,
    outputs: Outputs,
    ended: RunEnded,
    waited: Duration,
) -> Result<Outcome, String> {
    let Outputs {
        stdout,
        stderr,
        over,
    } = outputs;
    let ending = match over {
        Some(limit) => Ending::Stopped(limit),
        None => ending(ended.how, &stderr, &limits)?,
    };
    let fuel = u128::from(ended.cpu_us) * u128::from(FUEL_PER_CPU_SECOND) / 1_000_000;
    Ok(Outcome {
        stdout,
        stderr,
        ending,
        usage: Usage {
            queued: waited,
            wall: Duration::from_micros(ended.wall_us),
            fuel: Fuel(u64::try_from(fuel).unwrap_or(u64::MAX)),
            memory: ByteSize(ended.memory_bytes),
            network: NetworkUsage {
                connections: ended.network.connections,
                sent: ByteSize(ended.network.sent),
                received: ByteSize(ended.network.received),
            },
        },
        tier: Tier::Native,
        denied: ended.denied,
        ..Outcome::of(limits)
    })
}

fn ending(how: How, stderr: &[u8], limits: &Limits) -> Result<Ending, String> {
    Ok(match how {
        How::Exited(code) if code != 0 && died_of_memory(stderr) => {
            Ending::ExitedAtLimit(code, LimitReached::Memory)
        }
        How::Exited(code) => Ending::Exited(code),
        How::WallClock => Ending::Stopped(LimitReached::WallClock),
        How::Cpu => Ending::Stopped(LimitReached::Fuel),
        How::Memory => Ending::Stopped(LimitReached::Memory),
        How::NetworkBytes => Ending::Crashed(format!(
            "more than {} in one direction over the network (limits.network_bytes)",
            limits.network_bytes
        )),
        How::Files => Ending::Crashed(format!(
            "more in /tmp than {} or {} files (limits.tmp_bytes, limits.tmp_files)",
            limits.tmp_bytes, limits.tmp_files
        )),
        How::Forbidden(call) => Ending::Forbidden(call),
        // A library that finds no memory where it cannot tell aborts.
        How::Killed(_) if died_of_memory(stderr) || threw_bad_alloc(stderr) => {
            Ending::Stopped(LimitReached::Memory)
        }
        How::Killed(signal) => Ending::Crashed(crash(signal)),
        How::Failed(why) => return Err(why),
    })
}

/// C++'s words for it.
fn threw_bad_alloc(stderr: &[u8]) -> bool {
    let end = String::from_utf8_lossy(&stderr[stderr.len().saturating_sub(4096)..]);
    end.contains("std::bad_alloc")
}

fn crash(signal: i32) -> String {
    match signal {
        libc::SIGABRT => "the program aborted".to_owned(),
        libc::SIGSEGV | libc::SIGBUS => {
            "the interpreter crashed: it aborted, accessed memory that is not there, or recursed too deeply"
                .to_owned()
        }
        signal => match nix::sys::signal::Signal::try_from(signal) {
            Ok(signal) => format!("the interpreter was killed by {signal}"),
            Err(_) => format!("the interpreter was killed by signal {signal}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let size = ByteSize::mib(1);
        Limits {
            wall_clock: Duration::from_secs(5),
            fuel: Fuel(1),
            memory: size,
            stdout: size,
            stderr: size,
            tmp_bytes: size,
            tmp_files: 1,
            connections: 1,
            network_bytes: size,
            code: size,
        }
    }

    fn told(how: How, stderr: &str) -> Ending {
        ending(how, stderr.as_bytes(), &limits()).unwrap()
    }

    #[test]
    fn limits_and_crashes_are_told_as_the_other_tier_tells_them() {
        let memory = LimitReached::Memory;
        assert_eq!(
            told(How::Exited(255), "Traceback\nMemoryError\n"),
            Ending::ExitedAtLimit(255, memory)
        );
        assert_eq!(
            told(How::Exited(0), "MemoryError\n"),
            Ending::Exited(0),
            "it was caught and told"
        );
        let thrown = "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n";
        assert_eq!(
            told(How::Killed(libc::SIGABRT), thrown),
            Ending::Stopped(memory)
        );
        assert_eq!(
            told(How::Killed(libc::SIGABRT), ""),
            Ending::Crashed("the program aborted".to_owned())
        );
        assert_eq!(
            told(How::Cpu, ""),
            Ending::Stopped(LimitReached::Fuel),
            "CPU time is what fuel stands for"
        );
        assert!(ending(How::Failed("no python".to_owned()), b"", &limits()).is_err());
    }

    #[test]
    fn an_output_over_its_limit_is_what_ended_the_run() {
        let limits = limits();
        assert_eq!(process_limits(&limits).cpu_ms, 1, "never none at all");
        let outputs = Outputs {
            stdout: Vec::new(),
            stderr: Vec::new(),
            over: Some(LimitReached::Stdout),
        };
        let ended = RunEnded {
            how: How::Killed(9),
            denied: Vec::new(),
            cpu_us: 2_000_000,
            wall_us: 1,
            memory_bytes: 1,
            learned: Default::default(),
            network: Default::default(),
        };
        let outcome = outcome(limits, outputs, ended, Duration::ZERO).unwrap();
        assert_eq!(outcome.ending, Ending::Stopped(LimitReached::Stdout));
        assert_eq!(outcome.usage.fuel, Fuel(2 * FUEL_PER_CPU_SECOND));
    }
}
