//! Receivers that require TLS, a shared key and a user; and secrets that no output shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use ekspiper_tests::{FlowProcess, Process, binary, eventually, get};
use fluent_receiver::{ReceiverSecurity, ReceiverSettings, ReceiverTls};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::WAIT_S_MAX;
use crate::deliveries::Deliveries;
use crate::feed::Feed;
use authority::{Authority, Identity};

#[path = "../../../crates/fluent/tests/wire/authority.rs"]
mod authority;

const KEY: &str = "key-of-both-ends";
const PASSWORD: &str = "word-of-ann";

/// An authority, what it certified, and the secrets: in files, gone at the end.
struct Files {
    authority: Authority,
    receiver: Identity,
    sink: Identity,
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shared-key"), format!("{KEY}\n")).unwrap();
        fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let authority = Authority::new();
        let (receiver, sink) = (authority.certify("logs.example"), authority.certify("sink"));
        Self { authority, receiver, sink, folder }
    }

    fn secret(&self, name: &str) -> String {
        text(&self.folder.path().join(name))
    }

    /// What a receiver asks of senders: a certificate, a key, a user.
    fn receiver_settings(&self) -> ReceiverSettings {
        let (certificate, key) = self.receiver.files();
        let tls = ReceiverTls::load(certificate, key, Some(&self.authority.file())).unwrap();
        ReceiverSettings {
            tls: Some(tls),
            security: Some(ReceiverSecurity {
                shared_key: KEY.into(),
                hostname: "logs".to_owned(),
                users: [("ann".to_owned(), PASSWORD.into())].into(),
            }),
            ..ReceiverSettings::default()
        }
    }

    /// What the sink is told so that it is trusted and trusts.
    fn arguments(&self, address: &str) -> Vec<(&'static str, String)> {
        let (certificate, key) = self.sink.files();
        vec![
            ("--fluent-address", address.to_owned()),
            ("--fluent-server-name", "logs.example".to_owned()),
            ("--fluent-user", "ann".to_owned()),
            ("--fluent-ca-file", text(&self.authority.file())),
            ("--fluent-client-cert-file", text(certificate)),
            ("--fluent-client-key-file", text(key)),
            ("--fluent-shared-key-file", self.secret("shared-key")),
            ("--fluent-password-file", self.secret("password")),
        ]
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The sink, with everything logged that there is to log.
fn start(feed: &Feed, arguments: &[(&str, String)]) -> FlowProcess {
    let mut all = vec!["--fluent-tls"];
    all.extend(arguments.iter().flat_map(|(flag, value)| [*flag, value.as_str()]));
    let variables = [("RUST_LOG", "info,fluent=trace,fluent_sink=trace,rustls=trace")];
    FlowProcess::start_with(&feed.lane, "fluent-sink", &all, &variables)
}

#[test]
fn trusted_sink_is_heard_and_a_mistrusted_one_says_why() {
    let (runtime, deliveries, files) = (Runtime::new().unwrap(), Deliveries::new(), Files::new());
    let receiver = deliveries.receiver(&runtime, files.receiver_settings());
    let address = receiver.address().to_string();
    let mut feed = Feed::new("trust", 10, 100);
    let arguments = files.arguments(&address);
    let mut said = Vec::new();
    for (flag, value, why) in [
        ("--fluent-server-name", "other.example".to_owned(), "certificate is for another name"),
        ("--fluent-ca-file", text(&files.sink.certificate), "of no trusted authority"),
        ("--fluent-shared-key-file", files.secret("password"), "shared key mismatch"),
        ("--fluent-password-file", files.secret("shared-key"), "password mismatch"),
    ] {
        let mut arguments = arguments.clone();
        arguments.iter_mut().find(|(it, _)| *it == flag).unwrap().1 = value;
        let mut sink = start(&feed, &arguments);
        feed.ledgers(1);
        sink.wait_unready(why);
        sink.terminate(WAIT_S_MAX);
        said.push(sink.said());
    }
    let is_client_flag = |flag: &str| flag.starts_with("--fluent-client-");
    let without: Vec<_> =
        arguments.iter().filter(|(flag, _)| !is_client_flag(flag)).cloned().collect();
    let mut sink = start(&feed, &without);
    sink.wait_unready("requires a client certificate");
    sink.terminate(WAIT_S_MAX);
    assert_eq!(deliveries.distinct(), 0);

    let mut sink = start(&feed, &arguments);
    deliveries.wait_whole(feed.events());
    let admin = sink.admin();
    eventually(WAIT_S_MAX, "the sink is ready", || {
        get(admin, "/readyz").filter(|(status, _)| *status == 200)
    });
    said.extend(["/readyz", "/metrics"].map(|path| get(admin, path).unwrap().1));
    sink.terminate(WAIT_S_MAX);
    said.push(sink.said());
    for secret in [KEY, PASSWORD] {
        let line = said.iter().flat_map(|text| text.lines()).find(|line| line.contains(secret));
        assert_eq!(line, None, "a secret is shown");
    }
}

#[test]
fn secrets_in_the_environment_are_in_no_help_and_no_error() {
    for arguments in [
        &["--help"][..],
        &["--kafka-brokers", "127.0.0.1:1", "--fluent-mode", "x"],
        &[
            "--kafka-brokers",
            "127.0.0.1:1",
            "--fluent-address",
            "a:1",
            "--admin-address",
            "127.0.0.1:0",
        ],
    ] {
        let mut command = Command::new(binary("fluent-sink"));
        command.args(arguments).envs([
            ("FLUENT_PASSWORD", PASSWORD),
            ("FLUENT_SHARED_KEY", KEY),
            ("FLUENT_TLS", "true"),
        ]);
        let mut process = Process::start("fluent-sink", command);
        process.ended(WAIT_S_MAX);
        let said = process.said();
        assert!(said.contains("fluent"), "{said}");
        assert!(!said.contains(KEY) && !said.contains(PASSWORD), "{said}");
    }
}
