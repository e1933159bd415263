//! The tutorials: every `sh` block of docs/routing-in-*.md runs, in order, in an empty folder, with this program on
//! PATH; a `text` block behind one is what it prints, but for numbers and what `...` stands for.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn routing_in_rust() {
    follow("routing-in-rust.md");
}

#[test]
fn routing_in_assemblyscript() {
    follow("routing-in-assemblyscript.md");
}

#[test]
fn routing_in_javascript() {
    follow("routing-in-javascript.md");
}

#[test]
fn every_tutorial_is_followed() {
    let here = fs::read_to_string(root().join("host/tests/tutorials.rs")).unwrap();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let followed = here.contains(&format!("follow(\"{name}\")"));
        assert!(followed || !name.starts_with("routing-in-"), "{name} has no test");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("host/ lies in the repository")
        .to_path_buf()
}

/// Runs a tutorial as its reader would.
fn follow(name: &str) {
    let text = fs::read_to_string(root().join("docs").join(name)).expect("a tutorial");
    let steps = steps(&text);
    assert!(steps.len() > 3, "{name}: {} sh blocks", steps.len());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = free_port();
    let log = folder.path().join(".log");
    fs::write(folder.path().join(".script"), script(&steps, port)).expect("our folder");
    let output = fs::File::create(&log).expect("our folder");
    let status = reader(folder.path(), port)
        .stdout(output.try_clone().expect("a second handle"))
        .stderr(output)
        .status()
        .expect("bash starts");
    let said = String::from_utf8_lossy(&fs::read(&log).expect("our file")).into_owned();
    assert!(status.success(), "{name}: {status}\n{said}");
    for (at, step) in steps.iter().enumerate() {
        let part = said.split(&mark(at)).nth(1).unwrap_or_default();
        let part = part.split(&mark(at + 1)).next().unwrap_or_default();
        if let Err(line) = compare(&step.expected, part) {
            panic!("{name}: after\n{}\n{line:?} is expected in\n{part}", step.commands);
        }
    }
}

/// Commands of one block, and what they print.
struct Step {
    commands: String,
    expected: String,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let block = block.join("\n");
        match (kind, steps.last_mut()) {
            ("sh", _) => steps.push(Step {
                commands: block,
                expected: String::new(),
            }),
            ("text", Some(step)) => step.expected = block,
            _ => {}
        }
    }
    steps
}

fn mark(at: usize) -> String {
    format!("--- step {at}\n")
}

/// What is left running is ended with the script.
fn script(steps: &[Step], port: u16) -> String {
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n");
    for (at, step) in steps.iter().enumerate() {
        let _ = writeln!(script, "echo '--- step {at}'\n{}", step.commands);
    }
    let _ = writeln!(script, "echo '--- step {}'", steps.len());
    // the next command is typed when it is ready
    let ready = "kemist run >.run 2>&1 &\nuntil grep -q '^ready$' .run; do kill -0 $!; sleep 0.05; done";
    script
        .replace("kemist run &", ready)
        .replace("127.0.0.1:5060", &format!("127.0.0.1:{port}"))
}

fn reader(folder: &Path, port: u16) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_kemist"));
    let mut path = program.parent().expect("it lies in a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let rustc = Command::new(root().join("guest-sdk/toolchain/wasm-rustc.sh"))
        .output()
        .expect("guest-sdk/toolchain/wasm-rustc.sh runs");
    let mut command = Command::new("timeout");
    command
        .args(["600", "bash", ".script"])
        .current_dir(folder)
        .env("PATH", path)
        .env("RUSTC", String::from_utf8_lossy(&rustc.stdout).trim())
        .env("KEMIST_LISTEN", format!("udp:127.0.0.1:{port},tcp:127.0.0.1:{port}"))
        .env("TERM", "dumb")
        .stdin(Stdio::null());
    for name in [
        "KEMIST_DATABASE_URL",
        "KEMIST_LOG",
        "KEMIST_TOOLCHAIN",
        "CARGO_TARGET_DIR",
    ] {
        command.env_remove(name);
    }
    command
}

fn free_port() -> u16 {
    // below those that the kernel gives to sockets without a port
    let start = 15_000 + (std::process::id() % 500) as u16 * 10;
    let free = |port: &u16| {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, *port));
        udp.is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
    };
    static NEXT: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(0);
    let mut ports = std::iter::from_fn(|| Some(start + NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
    ports.find(free).expect("a free port")
}

/// Each expected line is found, in order; other lines may stand between them.
fn compare(expected: &str, said: &str) -> Result<(), String> {
    let mut said = said.lines().map(plain);
    for line in expected.lines().filter(|line| !line.trim().is_empty()) {
        let wanted = plain(line);
        let parts: Vec<_> = wanted.split("...").map(str::trim).collect();
        if !said.any(|found| holds(&found, &parts)) {
            return Err(line.to_owned());
        }
    }
    Ok(())
}

fn holds(line: &str, parts: &[&str]) -> bool {
    let mut rest = line;
    parts.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => part.is_empty(),
    })
}

/// Numbers are all alike, and so is white space.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    for letter in line.chars() {
        let letter = if letter.is_ascii_digit() { '0' } else { letter };
        if !(letter == '0' && plain.ends_with('0')) {
            plain.push(letter);
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn blocks_and_comparison() {
    let found = steps("a\n```sh\none\ntwo\n```\nthen\n```text\nout\n```\n```rust\nx\n```\n");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].commands.as_str(), found[0].expected.as_str()),
        ("one\ntwo", "out")
    );
    assert_eq!(
        compare("12 of 5\nversion ..., done", "x\n3   of 77\nthe version abc, done"),
        Ok(())
    );
    assert!(compare("b\na", "a\nb").is_err());
}
