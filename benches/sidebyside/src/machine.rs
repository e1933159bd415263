//! Where and what was measured.

use crate::server::kamailio;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

pub struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    load: String,
    kemist: String,
    kamailio: Option<String>,
    commit: String,
    profile: String,
}

impl Machine {
    pub fn read(root: &Path, kemist: &Path) -> Machine {
        let said = |command: &mut Command| {
            let output = command.output().ok().filter(|output| output.status.success());
            output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let git = |arguments: &[&str]| said(Command::new("git").arg("-C").arg(root).args(arguments));
        let mut commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
        if git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty()) {
            commit += " with changes";
        }
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find(|line| line.starts_with("model name"));
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        Machine {
            cpu: model
                .and_then(|line| line.split(':').nth(1))
                .map_or_else(|| std::env::consts::ARCH.to_owned(), |name| name.trim().to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease"),
            load: read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "),
            kemist: said(Command::new(kemist).arg("--version")).unwrap_or_else(|| "kemist".to_owned()),
            kamailio: kamailio::version(),
            commit,
            // the folder that cargo names after it
            profile: kemist
                .parent()
                .and_then(Path::file_name)
                .map_or_else(|| "unknown".to_owned(), |name| name.to_string_lossy().into_owned()),
        }
    }

    pub fn text(&self) -> String {
        format!(
            "{}, {} cores, Linux {}; {} (commit {}, profile {}); {}; load average at the start {}",
            self.cpu,
            self.cores,
            self.kernel,
            self.kemist,
            self.commit,
            self.profile,
            self.kamailio.as_deref().unwrap_or("no Kamailio"),
            self.load
        )
    }

    pub fn json(&self) -> Value {
        json!({
            "cpu": self.cpu, "cores": self.cores, "kernel": self.kernel, "load_average": self.load,
            "kemist": self.kemist, "kamailio": self.kamailio, "commit": self.commit, "profile": self.profile,
        })
    }
}
