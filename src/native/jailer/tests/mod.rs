//! The jailer with a zygote that has no jail: what it does when things die, wait, or lie. The real one
//! is tested by `tests/native`.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::hardening::Hardening;
use crate::native::client::{Native, NativeError};
use crate::native::packets;
use crate::program::{Ending, Language, LimitReached, Limits, Outcome, Program};
use crate::units::Fuel;

const PYTHON: &str = "/usr/bin/python3";
const KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn limits() -> Limits {
    let size = ByteSize::mib(1);
    Limits {
        wall_clock: Duration::from_secs(20),
        fuel: Fuel(u64::MAX),
        memory: ByteSize::mib(512),
        stdout: size,
        stderr: size,
        tmp_bytes: size,
        tmp_files: 10,
        connections: 1,
        network_bytes: size,
        code: size,
    }
}

fn launch_with(wrong: &str) -> io::Result<Launched> {
    let (ours, theirs) = packets::pair()?;
    let mut command = Command::new(PYTHON);
    command
        .args(["-I", "-S", "-c", include_str!("unjailed.py"), wrong])
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let theirs: OwnedFd = theirs;
    let number = theirs.as_raw_fd();
    // SAFETY: between fork and exec only dup2, which is async-signal-safe.
    unsafe {
        command.pre_exec(move || match libc::dup2(number, 3) {
            3 if number != 3 => Ok(()),
            3 => {
                libc::fcntl(3, libc::F_SETFD, 0);
                Ok(())
            }
            _ => Err(io::Error::last_os_error()),
        });
    }
    Ok(Launched {
        child: command.spawn()?,
        socket: ours,
    })
}

fn settings(launch: Launch) -> Settings {
    let find = |_: &str| {
        Ok(SetFiles {
            python: PYTHON.into(),
            site: "/nowhere".into(),
            preload: Vec::new(),
        })
    };
    let most = crate::native::outcome::process_limits(&limits());
    Settings {
        spare: 2,
        launch,
        ..Settings::new(most, 16, Box::new(find))
    }
}

fn usual(_: &ZygoteSpec) -> io::Result<Launched> {
    launch_with("")
}

/// `test` with a server's side, while a jailer serves the other one.
async fn with(settings: Settings, workers: usize, test: impl AsyncFnOnce(&Native)) {
    let (ours, theirs) = packets::pair().unwrap();
    let native = Native::new(ours, KEY.to_owned(), workers).unwrap();
    tokio::select! {
        ended = serve(settings, theirs, std::future::pending()) => panic!("it ended: {ended:?}"),
        () = test(&native) => {}
    }
}

async fn try_run(native: &Native, code: &str, limits: Limits) -> Result<Outcome, NativeError> {
    let program = Program {
        language: Language::Python3,
        code: code.to_owned(),
        preload: None,
        file_name: "main.py".to_owned(),
        network: None,
    };
    let run = native.run(program, limits, Vec::new(), Instant::now());
    tokio::time::timeout(Duration::from_secs(60), run)
        .await
        .expect("it ends in time")
}

async fn run(native: &Native, code: &str) -> Outcome {
    try_run(native, code, limits()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The number that a program prints.
fn number(outcome: &Outcome) -> i32 {
    text(&outcome.stdout).trim().parse().unwrap()
}

async fn until_gone(pid: i32) {
    let since = Instant::now();
    let is_there = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|text| !text.contains(") Z "))
    };
    while is_there() {
        assert!(since.elapsed() < Duration::from_secs(10), "{pid} is there");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The zygote of a child.
fn parent_of(pid: i32) -> i32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    rest.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn kill(pid: i32) {
    // SAFETY: no memory is passed; the process was started by this test.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
}

/// Starts a program that tells its number through a file and sleeps; waits for the number.
async fn sleeping(file: &std::path::Path) -> i32 {
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if let Some(number) = text.strip_suffix('\n') {
            return number.parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn sleeper(file: &std::path::Path) -> String {
    let file = file.display();
    format!(
        "import os, time\nopen({:?}, 'w').write(f'{{os.getpid()}}\\n')\ntime.sleep(60)\n",
        file.to_string()
    )
}

fn fresh_file(name: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("belljar-jailer-{}-{name}", std::process::id()));
    let _ = fs::remove_file(&file);
    file
}

#[tokio::test]
async fn programs_run_and_end_as_they_will() {
    with(settings(usual), 4, async |native| {
        native.prepare().await.unwrap();
        let outcome = run(native, "print('é' * 3)").await;
        assert_eq!(text(&outcome.stdout), "ééé\n");
        assert_eq!(outcome.ending, Ending::Exited(0));
        let outcome = run(native, "raise SystemExit(3)").await;
        assert_eq!(outcome.ending, Ending::Exited(3));
        let outcome = run(native, "raise MemoryError").await;
        let memory = LimitReached::Memory;
        assert_eq!(outcome.ending, Ending::ExitedAtLimit(255, memory));
        let outcome = run(native, "import os; print(1, flush=True); os.abort()").await;
        assert_eq!(text(&outcome.stdout), "1\n");
        assert_eq!(
            outcome.ending,
            Ending::Crashed("the program aborted".into())
        );
        let large = format!("x = {:?}\nprint(len(x))", "y".repeat(900_000));
        assert_eq!(number(&run(native, &large).await), 900_000);
    })
    .await;
}

#[tokio::test]
async fn limits_end_a_program_with_what_it_printed_before() {
    with(settings(usual), 4, async |native| {
        let short = Limits {
            wall_clock: Duration::from_millis(300),
            ..limits()
        };
        let code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)";
        let outcome = try_run(native, code, short).await.unwrap();
        assert_eq!(outcome.ending, Ending::Stopped(LimitReached::WallClock));
        assert!(outcome.usage.wall >= Duration::from_millis(300));
        assert!(outcome.usage.wall < Duration::from_secs(5));
        let stat = fs::read_to_string(format!("/proc/{}/stat", number(&outcome)));
        assert!(stat.is_err(), "it is gone when its end is told");

        let little = Limits {
            memory: ByteSize::mib(64),
            ..limits()
        };
        let code = "import time; x = b'x' * (200 << 20); time.sleep(30)";
        let outcome = try_run(native, code, little).await.unwrap();
        assert_eq!(outcome.ending, Ending::Stopped(LimitReached::Memory));

        let exactly = run(native, "print('x' * (2**20 - 1))").await;
        assert_eq!(exactly.ending, Ending::Exited(0));
        assert_eq!(exactly.stdout.len(), 1 << 20);
        let more = run(native, "while True: print('x' * 1000)").await;
        assert_eq!(more.ending, Ending::Stopped(LimitReached::Stdout));
        assert_eq!(more.stdout.len(), 1 << 20);
        let code = "import sys\nwhile True: sys.stderr.write('x' * 1000)";
        let more = run(native, code).await;
        assert_eq!(more.ending, Ending::Stopped(LimitReached::Stderr));
    })
    .await;
}

#[tokio::test]
async fn a_program_that_nobody_waits_for_is_killed() {
    with(settings(usual), 1, async |native| {
        let file = fresh_file("dropped");
        let code = sleeper(&file);
        let pid = tokio::select! {
            _ = run(native, &code) => panic!("it sleeps"),
            pid = sleeping(&file) => pid,
        };
        until_gone(pid).await;
        // Its place is free again.
        assert_eq!(number(&run(native, "print(1)").await), 1);
    })
    .await;
}

#[tokio::test]
async fn many_wait_for_the_few_places_and_all_are_served() {
    with(settings(usual), 4, async |native| {
        let one = |n: i32| async move {
            let code = format!("import time; time.sleep(0.01); print({n})");
            assert_eq!(number(&run(native, &code).await), n);
        };
        let mut all: Vec<_> = (0..64).map(|n| Box::pin(one(n))).collect();
        std::future::poll_fn(|context| {
            all.retain_mut(|one| one.as_mut().poll(context).is_pending());
            if all.is_empty() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_jailer_is_told_and_its_successor_serves() {
    let (ours, theirs) = packets::pair().unwrap();
    let native = Native::new(ours, KEY.to_owned(), 4).unwrap();
    let again = theirs.try_clone().unwrap();
    let file = fresh_file("jailer");
    let code = sleeper(&file);
    let (leave, is_to_leave) = tokio::sync::oneshot::channel::<()>();
    let jailer = serve(settings(usual), theirs, async {
        let _ = is_to_leave.await;
    });
    let pid = tokio::spawn({
        let file = file.clone();
        async move {
            let pid = sleeping(&file).await;
            leave.send(()).unwrap();
            pid
        }
    });
    let running = async {
        let error = try_run(&native, &code, limits()).await.unwrap_err();
        assert!(matches!(error, NativeError::JailerGone), "{error}");
    };
    let (jailed, ()) = tokio::join!(jailer, running);
    jailed.unwrap();
    until_gone(pid.await.unwrap()).await;
    // Handed in while there is no jailer, it waits at the door.
    let waiting = async { number(&run(&native, "print(7)").await) };
    let successor = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        serve(settings(usual), again, std::future::pending()).await
    };
    tokio::select! {
        ended = successor => panic!("it ended: {ended:?}"),
        seven = waiting => assert_eq!(seven, 7),
    }
}

#[tokio::test]
async fn a_zygote_that_is_killed_takes_its_programs_along_and_is_replaced() {
    with(settings(usual), 4, async |native| {
        let file = fresh_file("zygote");
        let code = sleeper(&file);
        let killing = async {
            let pid = sleeping(&file).await;
            kill(parent_of(pid));
            pid
        };
        let (ended, pid) = tokio::join!(try_run(native, &code, limits()), killing);
        let error = ended.unwrap_err().to_string();
        assert!(
            error.contains("SIGKILL") || error.contains("signal: 9"),
            "{error}"
        );
        until_gone(pid).await;
        for n in 0..8 {
            assert_eq!(number(&run(native, &format!("print({n})")).await), n);
        }
    })
    .await;
}

#[tokio::test]
async fn children_that_are_killed_while_they_wait_are_replaced() {
    with(settings(usual), 4, async |native| {
        let pid = number(&run(native, "import os; print(os.getppid())").await);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let children: Vec<i32> = children
            .split_whitespace()
            .map(|n| n.parse().unwrap())
            .collect();
        assert_eq!(children.len(), 2, "as many as are to be spare");
        for child in children {
            kill(child);
            until_gone(child).await;
        }
        let outcome = run(native, "import os; print(os.getppid())").await;
        assert_eq!(number(&outcome), pid);
    })
    .await;
}

#[tokio::test]
async fn a_zygote_is_replaced_after_so_many_programs() {
    let mut settings = settings(usual);
    settings.recycling.runs = 3;
    settings.recycling.age = Duration::from_millis(100_000);
    with(settings, 4, async |native| {
        let code = "import os; print(os.getppid())";
        let first = number(&run(native, code).await);
        let since = Instant::now();
        while number(&run(native, code).await) == first {
            assert!(since.elapsed() < Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        until_gone(first).await;
    })
    .await;
}

#[tokio::test]
async fn without_a_layer_nothing_runs_where_all_are_required() {
    fn lacks_one(_: &ZygoteSpec) -> io::Result<Launched> {
        launch_with("no landlock")
    }
    with(settings(lacks_one), 4, async |native| {
        assert_eq!(text(&run(native, "print(1)").await.stdout), "1\n");
    })
    .await;
    let required = Settings {
        hardening: Hardening::Required,
        ..settings(lacks_one)
    };
    with(required, 4, async |native| {
        let error = try_run(native, "print(1)", limits()).await.unwrap_err();
        assert!(
            error.to_string().contains("landlock off: not here"),
            "{error}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_start_is_told_at_once_and_tried_again() {
    fn fails(_: &ZygoteSpec) -> io::Result<Launched> {
        launch_with("no start")
    }
    fn is_missing(_: &ZygoteSpec) -> io::Result<Launched> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn is_barren(_: &ZygoteSpec) -> io::Result<Launched> {
        launch_with("children die")
    }
    let cases: [(Launch, &str); 3] = [
        (fails, "nothing works here"),
        (is_missing, "cannot start it: entity not found"),
        (is_barren, "children"),
    ];
    for (launch, words) in cases {
        with(settings(launch), 4, async |native| {
            for _ in 0..3 {
                let error = try_run(native, "print(1)", limits()).await.unwrap_err();
                assert!(error.to_string().contains(words), "{words}: {error}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_lies_is_not_believed_and_disturbs_nobody() {
    let (ours, theirs) = packets::pair().unwrap();
    let raw = ours.try_clone().unwrap();
    let liar = packets::Packets::new(ours.try_clone().unwrap()).unwrap();
    let native = Native::new(ours, KEY.to_owned(), 4).unwrap();
    let lying = async {
        let (one, _other) = packets::pair().unwrap();
        use std::os::fd::AsFd as _;
        liar.send(&"nonsense", &[]).await.unwrap();
        liar.send(
            &serde_json::json!({"prepare": {"set": "../../etc"}}),
            &[one.as_fd()],
        )
        .await
        .unwrap();
        let request = super::super::messages::RunRequest {
            set: "../../etc".to_owned(),
            limits: crate::native::outcome::process_limits(&limits()),
            imports: Vec::new(),
            network: None,
        };
        for many in [0, 1, 3, 5, 100] {
            let descriptors = vec![one.as_fd(); many];
            liar.send(&ToJailer::Run(request.clone()), &descriptors)
                .await
                .unwrap();
        }
        // What it holds itself is not for programs.
        let (reader, writer) = std::io::pipe().unwrap();
        let (control, theirs) = packets::pair().unwrap();
        let control = packets::Packets::new(control).unwrap();
        let four = [theirs.as_fd(), reader.as_fd(), writer.as_fd(), one.as_fd()];
        let order = ToJailer::Run(request);
        liar.send(&order, &four).await.unwrap();
        drop(theirs);
        assert!(control.receive().await.unwrap().is_none());
        // Nothing at all is not the end of the door.
        let empty = nix::sys::socket::MsgFlags::empty();
        nix::sys::socket::send(raw.as_raw_fd(), b"", empty).unwrap();

        let (control, theirs) = packets::pair().unwrap();
        let control = packets::Packets::new(control).unwrap();
        let four = [
            theirs.as_fd(),
            reader.as_fd(),
            writer.as_fd(),
            writer.as_fd(),
        ];
        liar.send(&order, &four).await.unwrap();
        drop(theirs);
        let packet = control.receive().await.unwrap().unwrap();
        let ended: super::super::messages::RunEnded = packet.read().unwrap();
        let super::super::messages::How::Failed(why) = ended.how else {
            panic!("{ended:?}");
        };
        assert!(why.contains("no set of packages"), "{why}");
        assert_eq!(number(&run(&native, "print(1)").await), 1);
    };
    tokio::select! {
        ended = serve(settings(usual), theirs, std::future::pending()) => panic!("{ended:?}"),
        () = lying => {}
    }
}

#[tokio::test]
async fn a_server_that_does_not_hear_the_end_of_a_program_keeps_no_place() {
    use std::os::fd::AsFd as _;
    let (ours, theirs) = packets::pair().unwrap();
    let liar = packets::Packets::new(ours.try_clone().unwrap()).unwrap();
    let native = Native::new(ours, KEY.to_owned(), 4).unwrap();
    let lying = async {
        let mut kept = Vec::new();
        let (reader, writer) = std::io::pipe().unwrap();
        // As many as there are places.
        for _ in 0..16 {
            let (control, theirs) = packets::pair().unwrap();
            let dont_wait = nix::sys::socket::MsgFlags::MSG_DONTWAIT;
            for size in [10_000, 1] {
                let fill = vec![0; size];
                while nix::sys::socket::send(theirs.as_raw_fd(), &fill, dont_wait).is_ok() {}
            }
            let request = ToJailer::Run(super::super::messages::RunRequest {
                set: "nonsense".to_owned(),
                limits: crate::native::outcome::process_limits(&limits()),
                imports: Vec::new(),
                network: None,
            });
            let four = [
                theirs.as_fd(),
                reader.as_fd(),
                writer.as_fd(),
                writer.as_fd(),
            ];
            liar.send(&request, &four).await.unwrap();
            kept.push(control);
        }
        assert_eq!(number(&run(&native, "print(1)").await), 1);
    };
    tokio::select! {
        ended = serve(settings(usual), theirs, std::future::pending()) => panic!("{ended:?}"),
        () = lying => {}
    }
}
