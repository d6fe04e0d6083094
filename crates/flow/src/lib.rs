//! Exactly-once flows between Kafka topics.
