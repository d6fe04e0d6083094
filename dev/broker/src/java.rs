//! Java, of a supported version.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// The oldest Java that Apache Kafka 4's broker runs on.
pub(crate) const JAVA_VERSION_MIN: u32 = 17;

/// The `java` command of `home` or of the search path; `None` if there is none.
pub(crate) fn find(home: Option<&Path>) -> Result<Option<PathBuf>, Error> {
    let java = home.map_or_else(|| PathBuf::from("java"), |home| home.join("bin/java"));
    let Ok(output) = Command::new(&java).arg("-version").output() else { return Ok(None) };
    // The version is on standard error; macOS has a `java` that only prints that there is none.
    let output = String::from_utf8_lossy(&output.stderr).into_owned();
    let Some((found, major)) = version(&output) else { return Ok(None) };
    if major < JAVA_VERSION_MIN {
        return Err(Error::JavaTooOld { java, found: found.to_owned() });
    }
    Ok(Some(java))
}

/// The version and its major number in an output such as `openjdk version "17.0.15" 2025-04-15`.
fn version(output: &str) -> Option<(&str, u32)> {
    let found = output.split('"').nth(1)?;
    let mut numbers = found.split(|it: char| !it.is_ascii_digit()).map(str::parse);
    let first = numbers.next()?.ok()?;
    // Java 8 and older have versions such as 1.8.
    let major = if first == 1 { numbers.next()?.ok()? } else { first };
    Some((found, major))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn version_is_parsed_of_old_and_new_javas() {
        assert_eq!(
            version("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK"),
            Some(("17.0.15", 17))
        );
        assert_eq!(version("java version \"1.8.0_391\"\n"), Some(("1.8.0_391", 8)));
        assert_eq!(version("openjdk version \"25-ea\" 2025-09-16\n"), Some(("25-ea", 25)));
        assert_eq!(
            version("The operation couldn't be completed. Unable to locate a Java Runtime.\n"),
            None
        );
    }
}
