//! The settings of a broker: one node, loopback, exactly once.

use std::fmt::Write as _;

/// The text of `server.properties`. Later lines override earlier ones, so `more` may change any of them.
pub(crate) fn text(
    port: u16,
    controller_port: u16,
    log_dir: &str,
    more: &[(String, String)],
) -> String {
    let fixed = format!(
        "process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller_port}
log.dirs={}
",
        escaped(log_dir)
    );
    let mut text = fixed;
    let defaults = DEFAULTS.iter().map(|(name, value)| (*name, *value));
    for (name, value) in
        defaults.chain(more.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    {
        writeln!(text, "{name}={}", escaped(value)).expect("writing to a string does not fail");
    }
    text
}

/// A value as a properties file has it, which is read as Latin-1.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for unit in value.encode_utf16() {
        match char::from_u32(unit.into()) {
            Some('\\') => escaped.push_str("\\\\"),
            Some(character @ ' '..='~') => escaped.push(character),
            _ => write!(escaped, "\\u{unit:04x}").expect("writing to a string does not fail"),
        }
    }
    escaped
}

/// Differences from Kafka's defaults, which are for a cluster.
const DEFAULTS: &[(&str, &str)] = &[
    // An undeclared topic is a mistake.
    ("auto.create.topics.enable", "false"),
    // There is one node.
    ("default.replication.factor", "1"),
    ("offsets.topic.replication.factor", "1"),
    ("transaction.state.log.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("share.coordinator.state.topic.replication.factor", "1"),
    ("share.coordinator.state.topic.min.isr", "1"),
    // The default of 50 takes longer to create and load than everything else.
    ("offsets.topic.num.partitions", "8"),
    ("transaction.state.log.num.partitions", "8"),
    // No other member is about to join a group.
    ("group.initial.rebalance.delay.ms", "0"),
    // A broker that starts is unfenced at its next heartbeat.
    ("broker.heartbeat.interval.ms", "500"),
    // The default of 128 MB is a quarter of the heap, for far larger compacted topics.
    ("log.cleaner.dedupe.buffer.size", "16777216"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_as_properties() {
        assert_eq!(escaped("/data/a b"), "/data/a b");
        assert_eq!(escaped("/d\u{e4}ta/\u{1F600}"), "/d\\u00e4ta/\\ud83d\\ude00");
        assert_eq!(escaped(r"a\b"), r"a\\b");
    }
}
