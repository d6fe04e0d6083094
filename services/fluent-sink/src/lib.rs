//! ekspiper flow fluent-sink.
