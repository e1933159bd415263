//! The messages of RFC 4475 and what a server must do with them, kept beside the repository.

use super::component::root;
use std::fs;
use std::path::PathBuf;

/// One message.
pub struct Torture {
    /// Short name, as in the RFC's archive.
    pub name: String,
    /// `valid`, `invalid`, `application` ...
    pub class: String,
    /// The column `status_to_send`, such as `400`, `drop`, `400 or liberal`; empty where it is relayed.
    pub verdict: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Torture {
    /// The port that the top Via names, 5060 where it names none.
    pub fn via_port(&self) -> u16 {
        let text = String::from_utf8_lossy(&self.bytes);
        let sent_by = text
            .split("SIP/2.0/UDP ")
            .nth(1)
            .and_then(|rest| rest.split([';', '\r', ',']).next());
        let port = sent_by.and_then(|sent_by| sent_by.rsplit_once(':'));
        port.and_then(|(_, port)| port.trim().parse().ok()).unwrap_or(5060)
    }

    /// The first branch parameter, empty where there is none.
    pub fn branch(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let branch = text
            .split("branch=")
            .nth(1)
            .and_then(|rest| rest.split([';', '\r', ',']).next());
        branch.unwrap_or_default().to_owned()
    }
}

/// All of them; None, with a line that says so, where the folder is missing.
pub fn messages() -> Option<Vec<Torture>> {
    let mut folder: PathBuf = root().join("../shared/torture");
    if let Some(other) = std::env::var_os("KEMIST_TORTURE") {
        folder = other.into();
    }
    let Ok(table) = fs::read_to_string(folder.join("expected.csv")) else {
        println!("skipped: no torture messages in {}", folder.display());
        return None;
    };
    let rows = table.lines().skip(1).filter(|line| !line.trim().is_empty());
    let message = |row: &str| {
        let mut columns = row.splitn(6, ',');
        let mut next = || columns.next().unwrap_or_default().to_owned();
        let (name, _section, class, _parser, verdict) = (next(), next(), next(), next(), next());
        let path = folder.join(format!("{name}.dat"));
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Torture {
            name,
            class,
            verdict,
            bytes,
        }
    };
    Some(rows.map(message).collect())
}
