//! One generated file.

use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A file as it should be.
pub struct Output {
    /// Its path in the repository.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Output {
    /// A text file.
    pub fn text(path: &str, text: String) -> Output {
        Output {
            path: path.to_owned(),
            bytes: text.into_bytes(),
        }
    }

    /// The same through rustfmt, with the repository's settings.
    pub fn formatted(mut self, root: &Path) -> Result<Output> {
        let mut child = Command::new("rustfmt")
            .args(["--edition", "2024", "--emit", "stdout"])
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("rustfmt is needed (rustup component add rustfmt)")?;
        // rustfmt reads everything before it writes: no deadlock between the pipes
        child
            .stdin
            .take()
            .context("rustfmt has no standard input")?
            .write_all(&self.bytes)?;
        let done = child.wait_with_output()?;
        if !done.status.success() {
            bail!("rustfmt refuses {}", self.path);
        }
        self.bytes = done.stdout;
        Ok(self)
    }

    /// Does the repository have it as it should be?
    pub fn is_fresh(&self, root: &Path) -> bool {
        std::fs::read(root.join(&self.path)).is_ok_and(|bytes| bytes == self.bytes)
    }

    /// Writes it, where it is not fresh.
    pub fn write(&self, root: &Path) -> Result<()> {
        if self.is_fresh(root) {
            return Ok(());
        }
        let path = root.join(&self.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, &self.bytes).with_context(|| self.path.clone())?;
        println!("wrote {}", self.path);
        Ok(())
    }
}
