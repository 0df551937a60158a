use clap::Parser;
#[derive(Parser)]
enum Cli {
    Compile(belljar::cli::compile::CompileArgs),
    Bench { file: String, #[arg(default_value="200")] n: usize },
}
fn main() {
    match Cli::parse() {
        Cli::Compile(a) => if let Err(e) = belljar::cli::compile::run(a) { eprintln!("{e}"); std::process::exit(1) },
        Cli::Bench { file, n } => {
            use belljar::{execution::*, units::*, wasm::*};
            let code = std::fs::read_to_string(file).unwrap();
            let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let limits = Limits { wall_clock: std::time::Duration::from_secs(60), fuel: Fuel(1<<50), memory: ByteSize::mib(512), stdout: ByteSize::mib(10), stderr: ByteSize::mib(10), tmp_bytes: ByteSize::mib(64), tmp_files: 1000, code: ByteSize::mib(16)};
            let dir = belljar::cli::runtimes::open(None).unwrap();
            let t = std::time::Instant::now();
            let sb = Sandbox::start(SandboxSettings { workers: 2, instances: 20, memory: ByteSize::mib(512), total_memory: ByteSize::mib(4096) }, &Language::ALL, &dir, rt.handle()).unwrap();
            eprintln!("start {:?}", t.elapsed());
            let mut times = vec![];
            for i in 0..n {
                let p = Program { language: Language::Python3, code: code.clone(), preload: None, file_name: "main.py".into() };
                let t = std::time::Instant::now();
                let o = rt.block_on(sb.run(p, limits, t, ())).unwrap();
                times.push(t.elapsed());
                if i == 0 { println!("{}", String::from_utf8_lossy(&o.stdout)); println!("{}", String::from_utf8_lossy(&o.stderr)); println!("{:?} {:?}", o.ending, o.usage); }
            }
            times.sort();
            println!("p50 {:?} p95 {:?} min {:?}", times[n/2], times[n*95/100], times[0]);
        }
    }
}
