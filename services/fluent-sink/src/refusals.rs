//! Settings that are accepted, and the messages of those that are refused.

use std::fs;

use clap::Parser as _;
use fluent::Mode;

use crate::Args;

#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn refusal(arguments: &[&str]) -> String {
    match Cli::try_parse_from([&["fluent-sink"], arguments].concat()) {
        Err(error) => error.to_string(),
        Ok(cli) => format!("{:#}", cli.args.senders().unwrap_err()),
    }
}

#[test]
fn receivers_are_given_in_order_of_preference() {
    let cli = Cli::parse_from(["x", "--fluent-address", "a:1,b:2", "--fluent-address", "[::1]:3"]);
    let senders = cli.args.senders().unwrap();
    let addresses: Vec<_> = senders.iter().map(|it| it.address.as_str()).collect();
    assert_eq!(addresses, ["a:1", "b:2", "[::1]:3"]);
    assert_eq!((senders[0].mode, senders[0].ack_timeout.as_secs()), (Mode::PackedForward, 60));
}

#[test]
fn without_arguments_the_settings_are_those_of_the_default() {
    let (parsed, default) = (Cli::parse_from(["x"]).args, Args::default());
    assert_eq!(format!("{parsed:?}"), format!("{default:?}"));
}

#[test]
fn bad_combinations_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let (key, empty, absent) =
        (file("key", "hunter2\n"), file("empty", "\n"), folder.path().join("absent"));
    let absent = absent.to_str().unwrap();
    for (arguments, why) in [
        (&[][..], "no receiver configured: name one with `--fluent-address host:port`"),
        (&["--fluent-address", "a:1,a:1"], "`--fluent-address` names a:1 twice"),
        (&["--fluent-address", "a"], "expected host:port, such as fluentd:24224"),
        (&["--fluent-address", "http://a:1"], "expected host:port"),
        (&["--fluent-tag", "{netwrok}"], "{network}, {lane}, {kind} or {topic}"),
        (&["--fluent-ack-timeout-s", "0"], "0 is not in 1..=3600"),
        (&["--fluent-mode", "json"], "possible values: message, forward, packed-forward"),
        (&["--fluent-ca-file", &key], "`--fluent-ca-file` needs `--fluent-tls`"),
        (&["--fluent-server-name", "a"], "`--fluent-server-name` needs `--fluent-tls`"),
        (&["--fluent-tls", "--fluent-client-key-file", &key], "--fluent-client-cert-file <FILE>"),
        (&["--fluent-tls", "--fluent-ca-file", absent], "can't read certificates from"),
        (&["--fluent-tls", "--fluent-ca-file", &key], "there is no certificate in"),
        (&["--fluent-user", "ann"], "`--fluent-user` needs a password"),
        (&["--fluent-password-file", &key], "a password needs a user"),
        (&["--fluent-user", "ann", "--fluent-password-file", &key], "needs a shared key as well"),
        (&["--fluent-shared-key-file", &empty], "is empty"),
        (&["--fluent-shared-key-file", absent], "`--fluent-shared-key-file`: reading a secret"),
        (&["--fluent-shared-key", "hunter2", "--fluent-shared-key-file", &key], "cannot be used"),
        (&["--with-id"], "--compatible"),
    ] {
        let arguments = match arguments {
            [] | ["--fluent-address", ..] => arguments.to_vec(),
            _ => [&["--fluent-address", "a:1"], arguments].concat(),
        };
        let said = refusal(&arguments);
        assert!(said.contains(why), "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn secrets_are_shown_nowhere() {
    let secrets = ["--fluent-shared-key", "hunter2", "--fluent-password", "hunter2"];
    let cli = Cli::parse_from(
        [&["x", "--fluent-address", "a:1", "--fluent-user", "ann"], &secrets[..]].concat(),
    );
    let printed = format!("{:?} {:?}", cli.args, cli.args.senders().unwrap());
    assert!(printed.contains("ann") && !printed.contains("hunter2"), "{printed}");
}
