//! Modules are compiled by a process of their own, within limits, and kept: whatever a component does to its compiler, the
//! proxy goes on.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::proxy::{Proxy, Setup, kemist};
use kemist::tenant::Tenant;
use kemist::wasm::carried::{Carried, File};
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Policy, Version};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
    let options = Options {
        instances: 64,
        ..Options::default()
    };
    Engine::new(&options).expect("an engine")
});

fn compiler(cache: Option<PathBuf>, limits: CompileLimits) -> Compiler {
    Compiler::new(Some(env!("CARGO_BIN_EXE_kemist").into()), cache, limits)
}

fn refused(component: &[u8], limits: CompileLimits) -> String {
    let refused = compiler(None, limits).prepare(&ENGINE, component).err();
    refused.expect("it is too much").to_string()
}

/// A component that is made of 2 to the power of `depth` instances.
fn bomb(depth: usize) -> Vec<u8> {
    let mut text = String::from("(component (component $c0 (core module $m (func)) (core instance (instantiate $m)))");
    for n in 0..depth {
        let twice = format!("(instance (instantiate $c{n}))").repeat(2);
        text += &format!("(component $c{} {twice})", n + 1);
    }
    text += &format!("(instance (instantiate $c{depth})))");
    wat::parse_str(text).expect("it is well formed")
}

/// A component whose functions take long to compile, one after the other.
fn long(functions: usize) -> Vec<u8> {
    let step = "(local.set 0 (i32.rotl (i32.mul (local.get 0) (i32.const 77)) (i32.load (local.get 0))))";
    let body = step.repeat(40);
    let all = format!("(func (param i32) {body})").repeat(functions);
    wat::parse_str(format!("(component (core module (memory 1) {all}))")).expect("it is well formed")
}

#[test]
fn a_child_compiles_what_this_process_runs() {
    let bytes = fs::read(component("examples/basic/rust")).expect("it was built");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let compiler = compiler(Some(folder.path().join("cache")), CompileLimits::default());
    let first = compiler.prepare(&ENGINE, &bytes).expect("it compiles");
    let again = compiler.prepare_at_start(&ENGINE, &bytes).expect("it is kept");
    assert_eq!((first.from_cache, again.from_cache), (false, true));
    assert_eq!(first.native, again.native);
    for prepared in [first, again] {
        Version::of(&ENGINE, prepared, Limits::default(), Policy::Reuse, Tenant::operator()).expect("it links");
    }
    let urgent = Compiler::new(
        Some(env!("CARGO_BIN_EXE_kemist").into()),
        None,
        CompileLimits::default(),
    );
    assert!(
        !urgent
            .prepare_at_start(&ENGINE, &bytes)
            .expect("it compiles")
            .from_cache
    );
}

#[test]
fn a_component_that_eats_its_compiler_is_one_line() {
    let little = CompileLimits {
        memory: 256 << 20,
        ..CompileLimits::default()
    };
    let line = refused(&bomb(26), little);
    assert!(line.contains("[routing.compile] memory"), "{line}");
    let short = CompileLimits {
        time: Duration::from_secs(1),
        ..CompileLimits::default()
    };
    let line = refused(&long(40_000), short);
    assert!(line.contains("[routing.compile] time"), "{line}");
    // what is wrong with a component reads the same from a child
    let broken = wat::parse_str("(component (core module (func (result i32))))");
    let broken = broken.expect("the text has the right form");
    let here = Version::load(&ENGINE, &broken, Limits::default(), Policy::Reuse).err();
    let line = refused(&broken, CompileLimits::default());
    assert_eq!(Some(line), here.map(|error| error.to_string()));
}

#[test]
fn the_child_has_nothing_that_it_does_not_need() {
    // a file that is open in whoever starts it, without the flag that would close it
    let script = format!(
        "exec 9</dev/null; exec {} compile-module --memory 268435456 --seconds 7 --threads 1 --pace idle --engine 00",
        env!("CARGO_BIN_EXE_kemist")
    );
    let mut child = Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let about = PathBuf::from(format!("/proc/{}", child.id()));
    let read = |name: &str| fs::read_to_string(about.join(name)).unwrap_or_default();
    // SCHED_IDLE, which is set last, is policy 5: field 41, the 39th after the name
    let policy = || {
        let stat = read("stat");
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields.to_owned());
        fields.and_then(|fields| fields.split(' ').nth(38).map(str::to_owned))
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while policy().as_deref() != Some("5") {
        assert!(Instant::now() < deadline, "policy {:?}", policy());
        std::thread::sleep(Duration::from_millis(5));
    }
    let limits = read("limits");
    let limit = |name: &str| {
        let line = limits
            .lines()
            .find(|line| line.starts_with(name))
            .expect("it is listed");
        line[name.len()..]
            .split_whitespace()
            .next()
            .expect("a soft limit")
            .to_owned()
    };
    assert_eq!(limit("Max core file size"), "0");
    assert_eq!(limit("Max data size"), "268435456");
    assert_eq!(limit("Max cpu time"), "7");
    assert_ne!(limit("Max address space"), "unlimited");
    let mut open: Vec<_> = fs::read_dir(about.join("fd"))
        .expect("it is our child")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    open.sort();
    assert_eq!(open, ["0", "1", "2"]);
    drop(child.stdin.take());
    assert_eq!(child.wait().expect("it is our child").code(), Some(1));
}

fn carrying(test: &str) -> Vec<u8> {
    let bytes = fs::read(component("examples/basic/rust")).expect("it was built");
    let file = |name: &str, text: &str| File {
        name: format!("tests/{name}.toml"),
        text: text.to_owned(),
    };
    let options = "[[step]]\nreceive = \"OPTIONS sip:localhost\"\nfrom = \"sip:a@localhost\"\n[[step]]\nexpect = 200\n";
    let carried = Carried {
        config: "alias = [\"localhost\"]\n[modules.htable.table]\nipban = {}\n".to_owned(),
        files: vec![file("options", options), file("other", test)],
    };
    carried.put_into(&bytes).expect("they fit")
}

#[test]
fn a_child_plays_the_scenarios_that_a_component_carries() {
    let options = "[[step]]\nreceive = \"OPTIONS sip:localhost\"\nfrom = \"sip:a@localhost\"\n";
    let folder = tempfile::tempdir().expect("a temporary folder");
    for cache in [None, Some(folder.path().join("cache"))] {
        let compiler = compiler(cache, CompileLimits::default());
        let good = carrying(&format!("{options}[[step]]\nexpect = 200\n"));
        compiler.prepare(&ENGINE, &good).expect("it compiles");
        assert_eq!(compiler.run_scenarios(&good), Ok(Some(2)));
        let bad = carrying(&format!("{options}[[step]]\nexpect = 404\n"));
        let line = compiler.run_scenarios(&bad).expect_err("it fails").to_string();
        assert_eq!(
            line,
            "its scenario tests/other.toml:5: expected 404; sent were: 200 Keepalive (OPTIONS) to udp:192.0.2.10:5060"
        );
    }
    // the example was built with those of its own
    let own = fs::read(component("examples/basic/rust")).expect("it was built");
    let own = compiler(None, CompileLimits::default()).run_scenarios(&own);
    assert!(own.is_ok_and(|passed| passed.is_some_and(|passed| passed > 10)));
}

/// The processes whose parent is this one.
fn children(of: u32) -> Vec<String> {
    let stats = fs::read_dir("/proc").expect("Linux has it").flatten();
    let stats = stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| {
            let parent = stat
                .rsplit_once(") ")
                .and_then(|(_, fields)| fields.split(' ').nth(1)?.parse().ok());
            parent == Some(of)
        })
        .collect()
}

/// Sends SIGHUP and waits for the line that says what came of it.
fn reload(proxy: &Proxy, words: &str) {
    let count = |log: &str| log.matches(words).count();
    let before = count(&proxy.log());
    let sent = Command::new("kill")
        .args(["-HUP", &proxy.pid().to_string()])
        .status()
        .expect("kill is there");
    assert!(sent.success());
    let deadline = Instant::now() + Duration::from_secs(60);
    while count(&proxy.log()) == before {
        assert!(Instant::now() < deadline, "no {words:?} in:\n{}", proxy.log());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").mode() & 0o777
}

#[test]
fn a_proxy_keeps_what_was_compiled_and_survives_what_cannot_be() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let module = folder.path().join("route.wasm");
    let good = fs::read(component("examples/basic/rust")).expect("it was built");
    fs::write(&module, &good).expect("our folder");
    let mut proxy = Setup::new(module.clone())
        .tables("[routing.compile]\nmemory = \"256MiB\"\n[log]\nlevel = \"info,kemist::wasm=debug\"")
        .start();
    assert_eq!(proxy.log().matches("compiled ").count(), 1);
    let cache = proxy.folder().join("kemist.cache");
    assert_eq!((mode(&cache), mode(&cache.join("key"))), (0o700, 0o600));
    assert_eq!(fs::read_dir(&cache).expect("it is there").count(), 2);

    fs::write(&module, bomb(26)).expect("our folder");
    reload(&proxy, "not deployed");
    assert!(proxy.log().contains("[routing.compile] memory"), "{}", proxy.log());
    assert_eq!(children(proxy.pid()), [""; 0]);
    assert!(Phone::new(proxy.address).ping());

    // the second start compiles nothing
    fs::write(&module, &good).expect("our folder");
    assert!(proxy.stop("-TERM").success());
    let compiled = proxy.log().matches("compiled ").count();
    proxy.launch();
    assert_eq!(proxy.log().matches("compiled ").count(), compiled);
    assert!(Phone::new(proxy.address).ping());
}

#[test]
fn hidden_verbs_are_not_advertised() {
    let help = kemist().arg("--help").output().expect("it starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.contains("build") && !help.contains("compile-module") && !help.contains("play-scenarios"));
    // input that is no component, and that ends early
    let mut child = kemist()
        .args(["compile-module", "--memory", "1000000000", "--seconds", "5"])
        .args(["--threads", "1", "--pace", "urgent", "--engine", "00"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"\0as").expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"kemist: not a WebAssembly component\n");
}
