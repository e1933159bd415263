//! kemist with examples/basic.

use super::{Engine, Setup, finish, write_users};
use anyhow::{Context, bail};
use std::fs;
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The same features and timers as kamailio/common.cfg.
const MODULES: &str = r#"
[modules.tm]
failure_reply_mode = 3
fr_timer = "30s"
fr_inv_timer = "120s"
wt_timer = "5s"

[modules.rr]
enable_full_lr = true
append_fromtag = false

[modules.registrar]
method_filtering = true
max_expires = "3600s"
received_avp = "$avp(RECEIVED)"

[modules.usrloc]
db_mode = 2
timer_interval = "5s"
use_domain = false
nat_bflag = 6

[modules.auth]
nonce_expire = "300s"
qop = ""

[modules.auth_db]
use_domain = false

[modules.nathelper]
received_avp = "$avp(RECEIVED)"

[modules.pike]
sampling_time_unit = "2s"
reqs_density_per_unit = 16
remove_latency = "4s"

[modules.htable.table]
ipban = { size = 8, autoexpire = 300 }
"#;

pub(super) fn command(engine: Engine, setup: &Setup, address: SocketAddrV4, folder: &Path) -> anyhow::Result<Command> {
    let found = setup.components.iter().find(|(of, _)| *of == engine);
    let (_, component) = found.context("the component of this engine was not built")?;
    let policy = if engine == Engine::Fresh { "fresh" } else { "reuse" };
    let text = format!(
        "listen = [\"udp:{address}\"]\nworkers = {}\nserver_header = \"kemist\"\n\n[log]\nlevel = \"warn\"\n\n\
         [database]\nurl = \"sqlite:kemist.db\"\n\n[admin]\nsocket = \"kemist.sock\"\n\n\
         [routing]\nmodule = \"{}\"\npolicy = \"{policy}\"\n{MODULES}",
        setup.workers,
        component.display()
    );
    fs::write(folder.join("kemist.toml"), text)?;
    let realm = &setup.users.realm;
    write_users(&folder.join("users.csv"), &setup.users, |user, password| {
        format!("{user},{realm},{password}\n")
    })?;
    let kemist = |arguments: &[&str]| {
        let mut command = Command::new(&setup.kemist);
        for name in ["KEMIST_LISTEN", "KEMIST_DATABASE_URL", "KEMIST_LOG"] {
            command.env_remove(name);
        }
        command.args(arguments).args(["-c", "kemist.toml"]).current_dir(folder);
        command
    };
    finish(&mut kemist(&["user", "add", "--from", "users.csv"]), "kemist user add")?;
    finish(
        &mut kemist(&["address", "add", "1", "127.0.0.1/32"]),
        "kemist address add",
    )?;
    Ok(kemist(&["run"]))
}

/// The program: what KEMIST names, else that of a release.
pub fn program(root: &Path) -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("KEMIST") {
        let path = PathBuf::from(&named);
        return path
            .canonicalize()
            .with_context(|| format!("KEMIST={}: there is no such program", path.display()));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let path = target.join("release/kemist");
    if !path.exists() {
        bail!(
            "{} is missing: `make sidebyside` builds it (cargo build --release -p kemist), or name another with KEMIST=path",
            path.display()
        );
    }
    Ok(path.canonicalize()?)
}

/// Builds examples/basic in the language of the engine; returns the component.
pub fn build(engine: Engine, kemist: &Path, root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let source = match engine {
        Engine::Rust | Engine::Fresh => "rust",
        Engine::Assemblyscript => "assemblyscript",
        Engine::Javascript => "javascript",
    };
    let output = folder.join(format!("{source}.wasm"));
    let mut command = match source {
        "rust" => Command::new(root.join("guest-sdk/toolchain/build-guest.sh")),
        _ => {
            let mut command = Command::new(kemist);
            command.arg("build");
            command
        }
    };
    command.arg(root.join("examples/basic").join(source));
    if source != "rust" {
        command.arg("-o");
    }
    finish(
        command.arg(&output).env("KEMIST", kemist),
        &format!("building examples/basic/{source}"),
    )?;
    Ok(output)
}
