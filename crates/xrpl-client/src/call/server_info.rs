//! `server_info`: what a server says of itself.

use serde::{Deserialize, Serialize};

use super::{Call, Reply};
use crate::error::Error;
use crate::range_set::RangeSet;

/// Asks a server for what it is and has.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ServerInfoCall {}

/// What a server says of itself; servers differ, so that anything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerInfo {
    /// The ledgers that it says it has; `None` when it does not say, or not in a way that can be read.
    pub complete_ledgers: Option<RangeSet>,
    /// The newest validated ledger that it knows.
    pub validated_index: Option<u32>,
    /// rippled's state, such as `full`.
    pub server_state: Option<String>,
    /// The version of rippled, or of the one behind Clio.
    pub build_version: Option<String>,
    /// The version of Clio.
    pub clio_version: Option<String>,
    /// Which network it is in: 0 is mainnet; older servers do not say.
    pub network_id: Option<u32>,
}

#[derive(Deserialize)]
struct InfoResult {
    info: Info,
}

#[derive(Deserialize)]
struct Info {
    complete_ledgers: Option<String>,
    validated_ledger: Option<ValidatedLedger>,
    server_state: Option<String>,
    build_version: Option<String>,
    clio_version: Option<String>,
    network_id: Option<u32>,
}

#[derive(Deserialize)]
struct ValidatedLedger {
    seq: Option<u32>,
}

impl Call for ServerInfoCall {
    const COMMAND: &'static str = "server_info";
    const REPLY_BYTES_MAX: usize = 1 << 20;
    type Answer = ServerInfo;

    fn read(&self, reply: &Reply) -> Result<ServerInfo, Error> {
        let InfoResult { info } = reply.read()?;
        Ok(ServerInfo {
            complete_ledgers: info.complete_ledgers.and_then(|text| text.parse().ok()),
            validated_index: info.validated_ledger.and_then(|ledger| ledger.seq),
            server_state: info.server_state,
            build_version: info.build_version,
            clio_version: info.clio_version,
            network_id: info.network_id,
        })
    }
}
