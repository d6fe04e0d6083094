//! What a broker refuses, in a sentence that says what to do.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use broker::{Broker, Error, KAFKA_VERSION, Options};

use crate::{copy, copy_data, options, started};

async fn refused(options: Options) -> Error {
    match Broker::start(options, |_| {}).await {
        Ok(broker) => panic!("it started, on port {}", broker.port()),
        Err(error) => {
            println!("{error}");
            error
        }
    }
}

fn fake_java(home: &Path, answer: &str) {
    fs::create_dir_all(home.join("bin")).unwrap();
    let java = home.join("bin/java");
    fs::write(&java, format!("#!/bin/sh\necho '{answer}' >&2\n")).unwrap();
    fs::set_permissions(&java, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn java_that_is_too_old_is_named_with_its_version() {
    let folder = tempfile::tempdir().unwrap();
    fake_java(folder.path(), "openjdk version \"11.0.27\" 2025-04-15");
    let java_home = Some(folder.path().to_owned());
    let error = refused(Options { java_home, ..options(&folder.path().join("data")) }).await;
    assert!(matches!(&error, Error::JavaTooOld { found, .. } if found == "11.0.27"));
    assert!(error.to_string().contains("needs 17 or newer"));
}

#[tokio::test]
async fn machine_without_java_or_docker_gets_advice_what_to_install() {
    if let Some(data) = copy_data() {
        assert!(matches!(refused(options(&data)).await, Error::NothingToRun));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command =
        copy("refusals::machine_without_java_or_docker_gets_advice_what_to_install", folder.path());
    let output = command.env("PATH", folder.path()).env_remove("JAVA_HOME").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && text.contains("install a JDK (17 or newer) and Maven"),
        "{text}"
    );
}

#[tokio::test]
async fn changed_jar_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let jar = format!("kafka-clients-{KAFKA_VERSION}.jar");
    let jars = folder.path().join("kafka").join(KAFKA_VERSION);
    fs::create_dir_all(&jars).unwrap();
    fs::write(jars.join(&jar), "not what it was").unwrap();
    let error = refused(Options {
        kafka_home: None,
        ..Options::new(folder.path().join("data"), folder.path())
    })
    .await;
    assert!(matches!(&error, Error::JarChanged(path) if path.ends_with(&jar)));
}

#[tokio::test]
async fn full_disk_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let java = folder.path().join("bin/java");
    fs::create_dir_all(folder.path().join("bin")).unwrap();
    fs::create_dir_all(folder.path().join("libs")).unwrap();
    fs::write(folder.path().join("libs/kafka-clients-4.0.0.jar"), "").unwrap();
    let script = "#!/bin/sh\ncase $1 in\n-version) echo 'openjdk version \"21\"' >&2 ;;\n*) echo 'ERROR java.io.IOException: No space left on device' >&2; exit 1 ;;\nesac\n";
    fs::write(&java, script).unwrap();
    fs::set_permissions(&java, fs::Permissions::from_mode(0o755)).unwrap();
    let home = Some(folder.path().to_owned());
    let data = folder.path().join("data");
    let options = Options { java_home: home.clone(), kafka_home: home, ..options(&data) };
    let error = refused(options).await;
    assert!(matches!(&error, Error::DiskFull { data: full, .. } if *full == data), "{error}");
}

#[tokio::test]
async fn data_directory_that_kafka_would_read_as_two_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(options(&folder.path().join("a,b"))).await;
    assert!(matches!(error, Error::BadDataPath { .. }), "{error}");
    assert!(error.to_string().contains("a comma"), "{error}");
}

#[tokio::test]
async fn port_in_use_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = refused(Options { port: Some(port), ..options(data.path()) }).await;
    assert!(matches!(error, Error::PortInUse(it) if it == port));
}

#[tokio::test]
async fn data_directory_has_one_broker_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let first = started(options(data.path())).await;
    let error = refused(options(data.path())).await;
    assert!(matches!(error, Error::DataInUse(_)));
    drop(first);
    drop(started(options(data.path())).await);
}

#[tokio::test]
async fn setting_that_kafka_refuses_is_reported_with_its_own_error() {
    let data = tempfile::tempdir().unwrap();
    drop(started(options(data.path())).await);
    let settings = vec![("num.io.threads".to_owned(), "none".to_owned())];
    let error = refused(Options { settings, ..options(data.path()) }).await;
    assert!(
        matches!(&error, Error::Exited { last_lines, .. } if last_lines.contains("num.io.threads"))
    );
}
