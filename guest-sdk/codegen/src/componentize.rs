//! A core module into a component.

use anyhow::{Context, Result};
use std::path::Path;
use wit_component::ComponentEncoder;

/// Wraps `core`, which names its world in a custom section (the SDKs put it there), and writes `out`.
pub fn run(core: &Path, out: &Path) -> Result<()> {
    let module = std::fs::read(core).with_context(|| core.display().to_string())?;
    let component = ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .with_context(|| core.display().to_string())?;
    std::fs::write(out, &component).with_context(|| out.display().to_string())
}
