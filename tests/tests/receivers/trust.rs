//! Receivers that want TLS, a shared key and a user; and secrets that nobody sees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ekspiper_tests::{FlowProcess, Process, binary, eventually, get};
use fluent::{ReceiverSecurity, ReceiverSettings, ReceiverTls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::WAIT_S_MAX;
use crate::feed::Feed;
use crate::tally::Tally;

const KEY: &str = "key-of-both-ends";
const PASSWORD: &str = "word-of-ann";

/// An authority, a receiver's and a sender's certificate, and the secrets: in files, gone at the end.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("ca.crt", &issuer.pem());
        for host in ["logs.example", "sink"] {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new([host.to_owned()]).unwrap();
            write(&format!("{host}.crt"), &params.signed_by(&key, &issuer).unwrap().pem());
            write(&format!("{host}.key"), &key.serialize_pem());
        }
        write("shared-key", &format!("{KEY}\n"));
        write("password", PASSWORD);
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What a receiver asks of senders: a certificate, a key, a user.
    fn receiver_settings(&self) -> ReceiverSettings {
        let ca = self.path("ca.crt");
        let (certificate, key) = (self.path("logs.example.crt"), self.path("logs.example.key"));
        ReceiverSettings {
            tls: Some(ReceiverTls::load(&certificate, &key, Some(&ca)).unwrap()),
            security: Some(ReceiverSecurity {
                shared_key: KEY.to_owned(),
                hostname: "logs".to_owned(),
                users: [("ann".to_owned(), PASSWORD.to_owned())].into(),
            }),
            ..ReceiverSettings::default()
        }
    }

    /// What the sink is told so that it is trusted and trusts.
    fn arguments(&self, address: &str) -> Vec<(String, String)> {
        let of = |flag: &str, value: &str| (flag.to_owned(), value.to_owned());
        let file = |flag: &str, name: &str| (flag.to_owned(), path_text(&self.path(name)));
        vec![
            of("--fluent-address", address),
            of("--fluent-server-name", "logs.example"),
            of("--fluent-user", "ann"),
            file("--fluent-ca-file", "ca.crt"),
            file("--fluent-client-cert-file", "sink.crt"),
            file("--fluent-client-key-file", "sink.key"),
            file("--fluent-shared-key-file", "shared-key"),
            file("--fluent-password-file", "password"),
        ]
    }
}

fn path_text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The sink, with everything logged that there is to log.
fn start(feed: &Feed, arguments: &[(String, String)]) -> FlowProcess {
    let mut all = vec!["--fluent-tls"];
    all.extend(arguments.iter().flat_map(|(flag, value)| [flag.as_str(), value]));
    let variables = [("RUST_LOG", "info,fluent=trace,fluent_sink=trace,rustls=trace")];
    FlowProcess::start_with(&feed.lane, "fluent-sink", &all, &variables)
}

#[test]
fn trusted_sink_is_heard_and_a_mistrusted_one_says_why() {
    let (runtime, tally, files) = (Runtime::new().unwrap(), Tally::new(), Files::new());
    let receiver = tally.receiver(&runtime, files.receiver_settings());
    let address = receiver.address().to_string();
    let mut feed = Feed::new("trust", 10, 100);
    let arguments = files.arguments(&address);
    let mut said = Vec::new();
    for (flag, value, why) in [
        ("--fluent-server-name", "other.example".to_owned(), "certificate is for another name"),
        ("--fluent-ca-file", path_text(&files.path("sink.crt")), "no authority that is trusted"),
        ("--fluent-shared-key-file", path_text(&files.path("password")), "shared key mismatch"),
        ("--fluent-password-file", path_text(&files.path("shared-key")), "password mismatch"),
    ] {
        let mut arguments = arguments.clone();
        arguments.iter_mut().find(|(it, _)| it == flag).unwrap().1 = value;
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
    sink.wait_unready("asks for a client certificate");
    sink.terminate(WAIT_S_MAX);
    assert_eq!(tally.distinct(), 0);

    let mut sink = start(&feed, &arguments);
    tally.wait_whole(feed.events());
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
