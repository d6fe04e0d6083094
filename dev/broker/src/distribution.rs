//! The Apache Kafka to run: an installed one, downloaded jars, or a container image.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::WATCHED;
use crate::progress::ProgressFn;
use crate::{Error, Options, jars, java, maven};

/// The version that is downloaded unless one is installed.
pub const KAFKA_VERSION: &str = "4.1.1";

/// A runnable Apache Kafka.
#[derive(Debug)]
pub(crate) enum Distribution {
    /// Jars and a Java of a supported version.
    Jars {
        /// The `java` command.
        java: PathBuf,
        /// All of Kafka's jars.
        class_path: OsString,
    },
    /// The official image and a running Docker engine.
    Docker,
}

impl Distribution {
    /// Finds one, or downloads it.
    pub(crate) async fn find(options: &Options, progress: ProgressFn<'_>) -> Result<Self, Error> {
        let java = java::find(options.java_home.as_deref())?;
        if let Some(home) = &options.kafka_home {
            let class_path = installed(home)?;
            return java.map(|java| Self::Jars { java, class_path }).ok_or(Error::NothingToRun);
        }
        let folder = options.cache.join("kafka").join(KAFKA_VERSION);
        let found = match java {
            Some(java) if jars::complete(&folder)? => Some(java),
            Some(java) if maven::is_installed() => {
                maven::download(options, &folder, progress).await?;
                Some(java)
            }
            _ => None,
        };
        match found {
            Some(java) => Ok(Self::Jars { java, class_path: jars::class_path(&folder) }),
            None if docker_runs() => Ok(Self::Docker),
            None => Err(Error::NothingToRun),
        }
    }

    /// The command that runs a class of Kafka on the data directory.
    pub(crate) fn command(
        &self,
        data: &Path,
        flags: &[String],
        class: &str,
        arguments: &[OsString],
    ) -> Vec<OsString> {
        let mut command = match self {
            Self::Jars { java, class_path } => {
                let mut command = vec![java.into(), "-cp".into(), class_path.clone()];
                command.extend(flags.iter().map(OsString::from));
                command
            }
            Self::Docker => in_docker(data, flags),
        };
        let mut logging = OsString::from("-Dlog4j2.configurationFile=");
        logging.push(data.join("log4j2.properties"));
        command.extend([logging, class.into()]);
        command.extend_from_slice(arguments);
        command
    }
}

/// The class path of an unpacked distribution.
fn installed(home: &Path) -> Result<OsString, Error> {
    let libs = home.join("libs");
    let names = fs::read_dir(&libs).into_iter().flatten().flatten().map(|it| it.file_name());
    let is_client = |name: OsString| name.to_string_lossy().starts_with("kafka-clients-");
    if !names.into_iter().any(is_client) {
        return Err(Error::NoDistribution(home.to_owned()));
    }
    Ok(libs.join("*").into())
}

fn docker_runs() -> bool {
    let version =
        Command::new("docker").args(["version", "--format", "{{.Server.Version}}"]).output();
    version.is_ok_and(|it| it.status.success())
}

/// The image's Java, on the host's network and on the data directory under its own path. Inside, as outside, a shell
/// waits for the end of standard input, so that the container goes when this process does.
fn in_docker(data: &Path, flags: &[String]) -> Vec<OsString> {
    let image = format!("apache/kafka:{KAFKA_VERSION}");
    let user = format!("{}:{}", nix::unistd::getuid(), nix::unistd::getgid());
    let mut mount = data.as_os_str().to_owned();
    mount.push(":");
    mount.push(data);
    let run = [
        "docker",
        "run",
        "--rm",
        "--interactive",
        "--init",
        "--network",
        "host",
        "--entrypoint",
        "sh",
    ];
    let mut command: Vec<OsString> = run.map(OsString::from).to_vec();
    command.extend(["--user".into(), user.into(), "--volume".into(), mount, image.into()]);
    command.extend(["-c", WATCHED, "sh", "java", "-cp", "/opt/kafka/libs/*"].map(OsString::from));
    command.extend(flags.iter().map(OsString::from));
    command
}
