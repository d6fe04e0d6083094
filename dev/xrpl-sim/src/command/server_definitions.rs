//! `server_definitions`, as the recorded server answered it.

use serde_json::Value;
use xrpl_codec::Hash256;

use crate::chain::Chain;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;

pub(super) fn server_definitions(
    chain: &dyn Chain,
    request: &Request<'_>,
) -> Result<Object, RpcError> {
    let known: Option<Hash256> = match request.get("hash") {
        None => None,
        Some(Value::String(hash)) => {
            Some(hash.parse().map_err(|_| RpcError::invalid_field("hash"))?)
        }
        Some(_) => return Err(RpcError::invalid_field("hash")),
    };
    // A client that has these definitions already gets their hash alone.
    if let Some(hash) =
        known.filter(|hash| chain.definitions().contains(&format!("\"hash\":\"{hash}\"")))
    {
        let mut result = Object::default();
        result.set("hash", hash);
        return Ok(result);
    }
    Ok(Object::whole(chain.definitions().to_owned()))
}
