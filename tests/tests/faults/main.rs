//! Every fault of a server, met by the real flows: nothing lost, doubled or false, nobody has to help, and a metric
//! shows it.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod fault_case;
mod halts;
mod path;
mod random;
mod servers;
mod transient;
mod unknown_types;
