//! The log file of `ekspiper up`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// How many logs of earlier starts are kept.
const KEPT: u32 = 5;

/// Logs to a new file at `path`, at the level of `RUST_LOG` or `info`. Logs of earlier starts are kept.
///
/// # Errors
/// As [`rotated`].
pub(crate) fn log_to(path: &Path) -> anyhow::Result<()> {
    let file = rotated(path)?;
    tracing_subscriber::fmt()
        .with_env_filter(flow::host::log_filter("info"))
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::sync::Mutex::new(file))
        .init();
    Ok(())
}

/// A log file, and those of earlier starts beside it as `<name>.1`, the newest, to `<name>.5`.
///
/// # Errors
/// When they can't be renamed, or the file can't be created.
fn rotated(path: &Path) -> anyhow::Result<File> {
    let numbered = |n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{n}"));
        PathBuf::from(name)
    };
    let rotate = || -> io::Result<File> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        for n in (0..KEPT).rev() {
            let from = if n == 0 { path.to_owned() } else { numbered(n) };
            match fs::rename(from, numbered(n + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        File::create(path)
    };
    rotate().with_context(|| format!("can't write the log to {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn logs_of_earlier_starts_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/ekspiper.log");
        for start in 0..8 {
            write!(rotated(&path).unwrap(), "{start}").unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.path().join("logs").join(name)).ok();
        assert_eq!(read("ekspiper.log").as_deref(), Some("7"));
        assert_eq!(read("ekspiper.log.1").as_deref(), Some("6"));
        assert_eq!(read("ekspiper.log.5").as_deref(), Some("2"));
        assert_eq!(read("ekspiper.log.6"), None);
    }
}
