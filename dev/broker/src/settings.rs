//! The broker's settings: one node, loopback, exactly once.

use std::fmt::Write as _;

/// The text of `server.properties`. Later lines win, so `more` may change any of them.
pub(crate) fn text(
    port: u16,
    controller_port: u16,
    topics: &str,
    more: &[(String, String)],
) -> String {
    let fixed = format!(
        "process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller_port}
log.dirs={topics}
"
    );
    let mut text = fixed;
    let defaults = DEFAULTS.iter().map(|(name, value)| (*name, *value));
    for (name, value) in
        defaults.chain(more.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    {
        writeln!(text, "{name}={value}").expect("writing to a string does not fail");
    }
    text
}

/// What differs from Kafka's own defaults, which suit a cluster.
const DEFAULTS: &[(&str, &str)] = &[
    // A topic that nobody declared is a mistake.
    ("auto.create.topics.enable", "false"),
    // One node holds the only copy.
    ("default.replication.factor", "1"),
    ("offsets.topic.replication.factor", "1"),
    ("transaction.state.log.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("share.coordinator.state.topic.replication.factor", "1"),
    ("share.coordinator.state.topic.min.isr", "1"),
    // Fifty each would take longer to make and to load than all the rest.
    ("offsets.topic.num.partitions", "8"),
    ("transaction.state.log.num.partitions", "8"),
    // Nobody else is about to join a group.
    ("group.initial.rebalance.delay.ms", "0"),
    // A broker that starts is let in at its next heartbeat.
    ("broker.heartbeat.interval.ms", "500"),
    // The default of 128 MB is a quarter of the heap, for compacted topics that are far larger than ours.
    ("log.cleaner.dedupe.buffer.size", "16777216"),
];
