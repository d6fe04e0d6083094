//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};

use ring::rand::{SecureRandom, SystemRandom};

/// Below the ephemeral ports, so that no outgoing connection takes a broker's port while it restarts.
const PORT_MIN: u16 = 15_000;
const PORTS: u16 = 15_000;

/// A free port.
pub(crate) fn free() -> u16 {
    loop {
        let mut random = [0; 2];
        SystemRandom::new().fill(&mut random).expect("the system gives random bytes");
        let port = PORT_MIN + u16::from_le_bytes(random) % PORTS;
        if is_free(port) {
            return port;
        }
    }
}

/// Whether `port` is free.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
