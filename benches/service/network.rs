//! Programs that fetch something from a server on loopback, beside native Python and Node.js doing the
//! same: what the way through the policy costs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Result;
use crate::client::Request;
use crate::native::Python;
use crate::report::{Report, milliseconds, percentile};
use crate::server::Server;

/// What the server answers, whatever is asked.
const BODY: &str = "what was asked for";

/// A program that prints `BODY`; `URL` in it is the server's.
struct Program {
    name: &'static str,
    language: &'static str,
    code: &'static str,
}

const PROGRAMS: [Program; 5] = [
    Program {
        name: "urllib, one GET",
        language: "python3",
        code: "import urllib.request\nprint(urllib.request.urlopen('URL').read().decode())\n",
    },
    Program {
        name: "requests, one GET",
        language: "python3",
        code: "import requests\nprint(requests.get('URL').text)\n",
    },
    Program {
        name: "requests, 100 GETs in a session",
        language: "python3",
        code: "import requests\nwith requests.Session() as s:\n    for _ in range(100):\n        \
               text = s.get('URL').text\nprint(text)\n",
    },
    Program {
        name: "fetch, one GET",
        language: "nodejs",
        code: "fetch('URL').then((r) => r.text()).then(console.log);\n",
    },
    Program {
        name: "fetch, 100 GETs",
        language: "nodejs",
        code: "(async () => { let text; for (let n = 0; n < 100; n++) text = await (await fetch('URL')).text(); console.log(text); })();\n",
    },
];

pub fn measure(
    server: &Server,
    pythons: &[Python],
    quick: bool,
    report: &mut Report,
) -> Result<()> {
    report.heading("A GET from a server on loopback, in turns with native programs");
    let url = serve()?;
    let rounds = if quick { 10 } else { 30 };
    let mut client = server.client()?;
    for program in &PROGRAMS {
        let code = program.code.replace("URL", &url);
        let request = Request::run(program.language, &code);
        let natives = natives(program.language, pythons);
        let mut ours = Vec::new();
        let mut theirs = vec![Vec::new(); natives.len()];
        for round in 0..=rounds {
            let started = Instant::now();
            let body = String::from_utf8_lossy(client.call(&request)?).into_owned();
            let took = started.elapsed();
            if !body.contains(BODY) {
                return Err(format!("{}: wrong answer: {body}", program.name).into());
            }
            // The first time warms up.
            if round > 0 {
                ours.push(took);
            }
            for (native, times) in natives.iter().zip(&mut theirs) {
                times.extend(native.run(&code)?);
            }
        }
        let (p50, p95) = (percentile(&mut ours, 50), percentile(&mut ours, 95));
        report.line(&format!(
            "{:<34} p50 {:>9}  p95 {:>9}",
            program.name,
            milliseconds(p50),
            milliseconds(p95)
        ));
        let mut compared = Vec::new();
        for (native, times) in natives.iter().zip(&mut theirs) {
            if times.is_empty() {
                report.line(&format!("    {} has no such package", native.name));
                continue;
            }
            let median = percentile(times, 50);
            let ratio = p50.as_secs_f64() / median.as_secs_f64();
            let name = &native.name;
            report.line(&format!(
                "    {name}: {}, ratio {ratio:.2}",
                milliseconds(median)
            ));
            compared.push(json!({"native": name, "p50_ms": ms(median), "ratio": ratio}));
        }
        report.figure(
            "network",
            json!({"program": program.name, "p50_ms": ms(p50), "p95_ms": ms(p95), "natives": compared}),
        );
    }
    Ok(())
}

/// A native interpreter.
struct Native {
    program: String,
    name: String,
    flag: &'static str,
}

fn natives(language: &str, pythons: &[Python]) -> Vec<Native> {
    if language == "nodejs" {
        let program = "node".to_owned();
        let (name, flag) = ("Node.js".to_owned(), "-e");
        return vec![Native {
            program,
            name,
            flag,
        }];
    }
    let of = |python: &Python| Native {
        program: python.program(),
        name: python.version.clone(),
        flag: "-c",
    };
    pythons.iter().map(of).collect()
}

impl Native {
    /// How long it took, from starting the process to its end; nothing where it lacks a package.
    fn run(&self, code: &str) -> Result<Option<Duration>> {
        let started = Instant::now();
        let output = Command::new(&self.program)
            .args([self.flag, code])
            .stdin(Stdio::null())
            .output()?;
        let took = started.elapsed();
        if output.stdout.starts_with(BODY.as_bytes()) {
            return Ok(Some(took));
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        match stderr.contains("ModuleNotFoundError") {
            true => Ok(None),
            false => Err(format!("{}: {stderr}", self.name).into()),
        }
    }
}

/// A server that keeps connections and answers at once; its URL.
fn serve() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(url)
}

fn answer(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        // A request without a body ends with an empty line.
        if line == "\r\n" {
            stream.write_all(answer.as_bytes())?;
        }
        line.clear();
    }
    Ok(())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
