//! A real single-node Apache Kafka without Docker.
