//! The jars of the pinned Apache Kafka with their digests.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use ring::digest::{SHA256, digest};

use crate::Error;
use crate::error::IoContext as _;

/// As `sha256sum` writes it.
const DIGESTS: &str = include_str!("../kafka/jars.sha256");

/// A pinned jar.
pub(crate) struct Jar {
    /// Its file name.
    pub(crate) name: &'static str,
    /// Its SHA-256 in lower case hex.
    sha256: &'static str,
}

/// Whether a file is the pinned jar.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// It is.
    Pinned,
    /// There is no such file.
    Missing,
    /// It has another digest.
    Changed,
}

/// All of them, in class path order.
pub(crate) fn pinned() -> impl Iterator<Item = Jar> {
    DIGESTS.lines().map(|line| {
        let (sha256, name) =
            line.split_once("  ").expect("jars.sha256 has a digest and a name a line");
        Jar { name, sha256 }
    })
}

/// The class path of the jars in `folder`.
pub(crate) fn class_path(folder: &Path) -> OsString {
    let mut path = OsString::new();
    for jar in pinned() {
        path.push(folder.join(jar.name));
        path.push(":");
    }
    path
}

/// Whether every jar is in `folder`; a changed one is an error.
pub(crate) fn complete(folder: &Path) -> Result<bool, Error> {
    let mut complete = true;
    for jar in pinned() {
        match jar.state(folder)? {
            State::Pinned => {}
            State::Missing => complete = false,
            State::Changed => return Err(Error::JarChanged(folder.join(jar.name))),
        }
    }
    Ok(complete)
}

impl Jar {
    /// Its state in `folder`.
    pub(crate) fn state(&self, folder: &Path) -> Result<State, Error> {
        let path = folder.join(self.name);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Missing),
            other => other.context(|| format!("reading `{}`", path.display()))?,
        };
        let hex: String =
            digest(&SHA256, &bytes).as_ref().iter().map(|it| format!("{it:02x}")).collect();
        Ok(if hex == self.sha256 { State::Pinned } else { State::Changed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_pins_one_jar() {
        assert_eq!(pinned().count(), 46);
        assert!(pinned().all(|it| it.sha256.len() == 64 && it.name.ends_with(".jar")));
    }

    #[test]
    fn empty_folder_is_incomplete_and_another_jar_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!complete(folder.path()).unwrap());
        let jar = folder.path().join(pinned().next().unwrap().name);
        fs::write(&jar, "something else").unwrap();
        assert!(matches!(complete(folder.path()), Err(Error::JarChanged(path)) if path == jar));
    }
}
