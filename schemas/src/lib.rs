//! The topics: their Avro schemas, Rust types, keys and durability.
