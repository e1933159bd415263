//! Kamailio with the same steps as examples/basic, in its own language or its JavaScript.

use super::{Database, END, Script, Setup, finish, write_users};
use crate::guard::Guard;
use anyhow::{Context, bail};
use std::fs;
use std::io::Write as _;
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const COMMON: &str = include_str!("../../kamailio/common.cfg");
const NATIVE: &str = include_str!("../../kamailio/native.cfg");
const JAVASCRIPT: &str = include_str!("../../kamailio/route.js");
/// Memory that its processes share, and that of each; both in MiB, more than any load here needs.
const MEMORY: [&str; 4] = ["-m", "4096", "-M", "16"];
/// The receive buffer that it may ask for, as much as kemist does; by itself it takes 256 KiB.
const BUFFER: [&str; 2] = ["-b", "4194304"];
/// Tables that its modules ask for.
const TABLES: [&str; 4] = ["standard", "auth_db", "usrloc", "permissions"];

pub(super) fn command(script: Script, setup: &Setup, address: SocketAddrV4, folder: &Path) -> anyhow::Result<Command> {
    let url = match setup.database {
        Database::Sqlite => format!("sqlite:///{}", folder.join("kamailio.sqlite").display()),
        Database::Mariadb => "mysql://root@localhost/kamailio".to_owned(),
    };
    let mut text = format!("#!KAMAILIO\n#!define DATABASE \"{url}\"\n");
    text += match setup.database {
        Database::Sqlite => "#!define WITH_SQLITE\n",
        Database::Mariadb => "#!define WITH_MYSQL\n",
    };
    if script == Script::Javascript {
        let route = folder.join("route.js");
        fs::write(&route, JAVASCRIPT)?;
        text += &format!("#!define WITH_JAVASCRIPT\n#!define SCRIPT \"{}\"\n", route.display());
    }
    text += COMMON;
    if script == Script::Native {
        text += NATIVE;
    }
    let config = folder.join("kamailio.cfg");
    fs::write(&config, text)?;
    let mut command = Command::new("kamailio");
    command
        .arg("-f")
        .arg(config)
        .args(["-DD", "-E", "-a", "no"])
        .args(MEMORY)
        .args(BUFFER);
    command.args(["-x", &setup.allocator, "-X", &setup.allocator]);
    command.args(["-n", &setup.workers.to_string(), "-l", &format!("udp:{address}")]);
    for (option, place) in [("-Y", "."), ("-w", "."), ("-P", "pid")] {
        command.arg(option).arg(folder.join(place));
    }
    command.env("MYSQL_UNIX_PORT", folder.join("mysql.sock"));
    Ok(command)
}

/// Makes the database with its accounts; the process of its server where it has one.
pub(super) fn database(setup: &Setup, folder: &Path) -> anyhow::Result<Option<Child>> {
    let kind = match setup.database {
        Database::Sqlite => "db_sqlite",
        Database::Mariadb => "mysql",
    };
    let mut sql = match setup.database {
        // without a log of its own, each write of bindings keeps the workers from reading, and they refuse everybody
        Database::Sqlite => "PRAGMA journal_mode=WAL;\nBEGIN;\n".to_owned(),
        Database::Mariadb => "CREATE DATABASE kamailio CHARACTER SET latin1;\nUSE kamailio;\nBEGIN;\n".to_owned(),
    };
    for table in TABLES {
        let file = PathBuf::from(format!("/usr/share/kamailio/{kind}/{table}-create.sql"));
        sql += &fs::read_to_string(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
    }
    let users = folder.join("users.sql");
    let realm = &setup.users.realm;
    write_users(&users, &setup.users, |user, password| {
        let hash = |name: &str| {
            let hex = crate::digest::ha1(name.as_bytes(), realm.as_bytes(), password.as_bytes());
            String::from_utf8_lossy(&hex).into_owned()
        };
        let (ha1, ha1b) = (hash(user), hash(&format!("{user}@{realm}")));
        format!(
            "INSERT INTO subscriber (username,domain,password,ha1,ha1b) VALUES ('{user}','{realm}','','{ha1}','{ha1b}');\n"
        )
    })?;
    sql += &fs::read_to_string(&users)?;
    sql += "INSERT INTO address (grp,ip_addr,mask,port) VALUES (1,'127.0.0.1',32,0);\nCOMMIT;\n";
    let (server, mut client) = match setup.database {
        Database::Sqlite => {
            let mut client = Command::new("sqlite3");
            client.arg("-bail").arg(folder.join("kamailio.sqlite"));
            (None, client)
        }
        Database::Mariadb => {
            let server = mariadb(folder, &setup.guard)?;
            let mut client = mariadb_client("mariadb", folder);
            client.arg("--batch");
            (Some(server), client)
        }
    };
    feed(&mut client, &sql)?;
    Ok(server)
}

fn feed(client: &mut Command, sql: &str) -> anyhow::Result<()> {
    let name = client.get_program().to_string_lossy().into_owned();
    let spawned = client
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.with_context(|| format!("{name}: cannot be started (apt-get install {name})"))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(sql.as_bytes()).ok(); // where it ends early, it says why
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(())
}

/// A MariaDB of our own in the folder, reached by its socket alone.
fn mariadb(folder: &Path, guard: &Guard) -> anyhow::Result<Child> {
    let data = folder.join("mysql");
    let mut install = Command::new("mariadb-install-db");
    install.args([
        "--no-defaults",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ]);
    install.arg(format!("--datadir={}", data.display()));
    if nix::unistd::geteuid().is_root() {
        install.arg("--user=root");
    }
    finish(&mut install, "mariadb-install-db (apt-get install mariadb-server)")?;
    let mut command = Command::new("mariadbd");
    command.args(["--no-defaults", "--skip-networking", "--innodb-buffer-pool-size=128M"]);
    command.arg(format!("--datadir={}", data.display()));
    command.arg(format!("--socket={}", folder.join("mysql.sock").display()));
    command.arg(format!("--pid-file={}", folder.join("mysql.pid").display()));
    if nix::unistd::geteuid().is_root() {
        command.arg("--user=root");
    }
    let log = fs::File::create(folder.join("mysql.log"))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("mariadbd: cannot be started (apt-get install mariadb-server)")?;
    guard.add(child.id(), folder);
    let until = Instant::now() + END * 3;
    while !mariadb_client("mariadb-admin", folder)
        .arg("ping")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
    {
        if Instant::now() > until || !matches!(child.try_wait(), Ok(None)) {
            super::end(&mut child, nix::sys::signal::Signal::SIGTERM);
            bail!("mariadbd does not start");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(child)
}

fn mariadb_client(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command
        .args(["--no-defaults", "-u", "root", "-S"])
        .arg(folder.join("mysql.sock"));
    command
}

/// The version, where it is installed.
pub fn version() -> Option<String> {
    let output = Command::new("kamailio").arg("-v").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next()?;
    Some(line.trim_start_matches("version:").trim().to_owned())
}

/// What a comparison needs and is not installed; None where all is here.
pub fn missing(database: Database) -> Option<&'static str> {
    let runs = |program: &str| {
        let status = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok()
    };
    match database {
        _ if version().is_none() => Some("kamailio"),
        Database::Sqlite if !has("db_sqlite") => Some("kamailio-sqlite-modules"),
        Database::Sqlite if !runs("sqlite3") => Some("sqlite3"),
        Database::Mariadb if !has("db_mysql") => Some("kamailio-mysql-modules"),
        Database::Mariadb if !runs("mariadbd") => Some("mariadb-server"),
        _ => None,
    }
}

/// A module is installed.
pub fn has(module: &str) -> bool {
    let paths = COMMON.lines().find_map(|line| line.strip_prefix("mpath=\""));
    let paths = paths.unwrap_or_default().trim_end_matches('"');
    paths
        .split(':')
        .any(|path| Path::new(path).join(format!("{module}.so")).exists())
}
