//! The XRP Ledger: codec, hashes, verification, servers.
