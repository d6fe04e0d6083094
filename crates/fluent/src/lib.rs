//! The Fluent forward protocol, both ends.
