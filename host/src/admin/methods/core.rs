//! `core.*`: the process.

use super::{Native, table};
use crate::admin::method::{Kind, Param};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::unix_now;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const NAME: &str = concat!("kemist ", env!("CARGO_PKG_VERSION"));

pub(super) static METHODS: &[Native] = table! {
    Value "core.uptime"() => uptime:
        "How long the process runs.", "`now` and `up_since` (texts, in the time zone of the process), `uptime` (seconds)";
    Value "core.version"() => version: "The program's name and version.", "a text";
    Value "core.info"() => info:
        "What the program was built as.", "`version`, `target`, `rust`",
        "`id`, `compiler`, `compiled` and `flags` say how its C was compiled";
    Value "core.runinfo"() => runinfo:
        "Version and times in one.", "`name`, `version`, `time_now`, `time_started`, `uptime_secs`, `utime_days`";
    Value "core.ps"() => ps:
        "The threads of the process.", "a list of number and name, in turn", "processes there";
    Value "core.psx"() => psx:
        "The threads of the process.", "a list of `IDX`, `PID` (the thread's number), `DSC`", "processes there";
    Value "core.arg"() => arg: "The command line.", "a list of texts";
    Value "core.pwd"() => pwd: "The working folder.", "a list of one text";
    Value "core.echo"(Param::new("value", Kind::Any, "anything").many()) => echo:
        "Answers its parameters.", "a list", "all are texts there";
    Value "core.prints"(Param::new("text", Kind::Text, "a text").many()) => echo:
        "Answers texts.", "a list of texts";
    Value "core.printi"(Param::new("number", Kind::Int, "a whole number").many()) => echo:
        "Answers whole numbers.", "a list of numbers", "what is no number is 0 there";
    Value "core.modules"() => modules: "The KSR modules that scripts can call.", "a list of names";
    Value "core.sockets_list"() => sockets:
        "The addresses that it listens on.", "a list of `socket` with `proto`, `address`, `port`, `mcast`, `mhomed`, `virtual`";
    Value "core.aliases_list"() => aliases:
        "The names that count as myself, beside those addresses.",
        "`myself_callbacks`, `aliases`: a list of `alias` with `proto`, `address`, `port`";
    Value "core.kill"(Param::new("signal", Kind::Int, "15 or 2 to end, 1 to look at the module's file; 15 where it is left out").optional()) => signal:
        "Sends a signal to the process.", "null, before the signal", "any signal, and the answer may not come";
};

async fn uptime(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let now = unix_now();
    Ok(json!({
        "now": date(now),
        "up_since": date(shared.started),
        "uptime": now.saturating_sub(shared.started),
    }))
}

async fn version(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    Ok(json!(NAME))
}

async fn info(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let target = format!("{}/{}", std::env::consts::ARCH, std::env::consts::OS);
    Ok(json!({"version": NAME, "target": target, "rust": env!("CARGO_PKG_RUST_VERSION")}))
}

async fn runinfo(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let now = unix_now();
    let up = now.saturating_sub(shared.started);
    let days = format!("{}d {}h {}m {}s", up / 86_400, up / 3600 % 24, up / 60 % 60, up % 60);
    Ok(json!({
        "name": "kemist",
        "version": env!("CARGO_PKG_VERSION"),
        "time_now": date(now),
        "time_started": date(shared.started),
        "uptime_secs": up,
        "utime_days": days,
    }))
}

/// As C's `ctime` writes it.
fn date(unix: u64) -> String {
    let seconds = i64::try_from(unix).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    let zoned = time.to_zoned(TimeZone::system());
    zoned.strftime("%a %b %e %H:%M:%S %Y").to_string()
}

async fn ps(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let pairs = threads().into_iter().flat_map(|(id, name)| [json!(id), json!(name)]);
    Ok(pairs.collect())
}

async fn psx(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let row = |(place, (id, name))| json!({"IDX": place, "PID": id, "DSC": name});
    Ok(threads().into_iter().enumerate().map(row).collect())
}

/// Number and name of each thread; none where the system does not say.
fn threads() -> Vec<(u32, String)> {
    let folder = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let mut all: Vec<_> = folder
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
            Some((id, name.trim_end().to_owned()))
        })
        .collect();
    all.sort_unstable();
    all
}

async fn arg(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let words = std::env::args_os().map(|word| json!(word.to_string_lossy()));
    Ok(words.collect())
}

async fn pwd(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let folder = std::env::current_dir().map_err(|error| Failure::new(500, format!("no working folder: {error}")))?;
    Ok(json!([folder.to_string_lossy()]))
}

async fn echo(_: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    Ok(call.params)
}

async fn modules(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    Ok(json!(crate::modules::NAMES))
}

async fn sockets(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let row = |socket: &crate::route::ListenSocket| {
        json!({"socket": {
            "proto": socket.protocol.name(),
            "address": socket.address.ip().to_string(),
            "port": socket.address.port().to_string(),
            "mcast": "no",
            "mhomed": "no",
            "virtual": "no",
        }})
    };
    Ok(shared.sockets.iter().map(row).collect())
}

async fn aliases(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let mut names: Vec<_> = shared.aliases.iter().map(|name| super::lossy(name)).collect();
    names.sort_unstable();
    let row = |name| json!({"alias": {"proto": "*", "address": name, "port": "*"}});
    let rows: Vec<_> = names.into_iter().map(row).collect();
    Ok(json!({"myself_callbacks": "no", "aliases": rows}))
}

async fn signal(_: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let signal = match call.int(0).unwrap_or(15) {
        15 => Signal::SIGTERM,
        2 => Signal::SIGINT,
        1 => Signal::SIGHUP,
        other => {
            return Err(Failure::new(
                400,
                format!("core.kill: no signal {other} here; send 15, 2 or 1"),
            ));
        }
    };
    tracing::warn!(who = call.caller.who, from = call.caller.from, "core.kill: {signal}");
    tokio::spawn(async move {
        // the answer goes out first
        tokio::time::sleep(Duration::from_millis(100)).await;
        if let Err(error) = kill(Pid::this(), signal) {
            tracing::error!(blame = "host", "core.kill: {error}");
        }
    });
    Ok(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_ctime_writes_them() {
        let text = date(1_700_000_000);
        assert_eq!((text.len(), &text[..4], &text[20..]), (24, "Tue ", "2023"), "{text}");
    }

    #[test]
    fn threads_are_named() {
        let body = || assert!(threads().iter().any(|(_, name)| name == "find-me"));
        let thread = std::thread::Builder::new().name("find-me".to_owned()).spawn(body);
        thread.expect("a thread").join().expect("it is in the list");
    }
}
