//! AssemblyScript.

use super::{BuildError, Built};
use std::path::Path;

pub(super) fn build(source: &Path) -> Result<Built, BuildError> {
    Err(BuildError::new(format!(
        "{}: this kemist cannot build AssemblyScript yet",
        source.display()
    )))
}
