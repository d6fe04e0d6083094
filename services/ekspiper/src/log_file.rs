//! The log of a command whose output is for people: a file.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context as _;

/// Writes the log to `path`, anew with each start, at the level that `RUST_LOG` says or at `info`.
///
/// # Errors
/// When the file can't be written.
pub(crate) fn begin(path: &Path) -> anyhow::Result<()> {
    let create = || {
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        File::create(path)
    };
    let file = create().with_context(|| format!("can't write the log to {}", path.display()))?;
    let filter = flow::log_filter("info");
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_target(false)
        .with_writer(Mutex::new(file))
        .init();
    Ok(())
}

/// Writes warnings to standard error, or what `RUST_LOG` says: more would drown the progress that is shown.
pub(crate) fn warnings_to_stderr() {
    let filter = flow::log_filter("warn");
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    builder.with_writer(std::io::stderr).init();
}
