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
