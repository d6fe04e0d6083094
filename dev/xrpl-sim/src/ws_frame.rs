//! WebSocket envelopes as rippled writes them: errors unwrapped.

use serde_json::{Map, Value, json};

use crate::object::Object;
use crate::request::{Request, api_version};
use crate::rpc_error::RpcError;

/// Longest frame that rippled parses.
const FRAME_BYTES_MAX: usize = 1_000_000;

/// Answers one frame; `answer` is asked only for a command in good form.
pub(crate) fn reply(
    frame: &str,
    answer: impl FnOnce(&str, &Request<'_>) -> Result<Object, RpcError>,
) -> String {
    let params = match serde_json::from_str(frame) {
        Ok(Value::Object(params)) if frame.len() <= FRAME_BYTES_MAX => params,
        _ => return json!({"error": "jsonInvalid", "type": "error", "value": frame}).to_string(),
    };
    let outcome = match (api_version(&params), command(&params)) {
        (None, _) => Err(RpcError::bare("invalid_API_version", Object::default())),
        (_, None) => Err(RpcError::bare("missingCommand", Object::default())),
        (Some(version), Some(command)) => answer(command, &Request { params: &params, version }),
    };
    let mut envelope = match outcome {
        Ok(result) => {
            let mut envelope = Object::default();
            envelope.raw("result", result.text());
            envelope.set("status", "success");
            envelope
        }
        Err(error) => {
            let mut envelope = error.object();
            envelope.set("request", &params);
            envelope.set("status", "error");
            envelope
        }
    };
    for echoed in ["id", "jsonrpc", "ripplerpc", "api_version"] {
        if let Some(value) = params.get(echoed) {
            envelope.set(echoed, value);
        }
    }
    envelope.set("type", "response");
    envelope.text()
}

/// Puts the warning into an envelope.
pub(crate) fn warn(envelope: &mut String) {
    envelope.pop();
    envelope.push_str(r#","warning":"load"}"#);
}

/// The `command`, or the `method` of old; if there are both they have to agree.
fn command(params: &Map<String, Value>) -> Option<&str> {
    match (params.get("command"), params.get("method")) {
        (Some(Value::String(command)), None) | (None, Some(Value::String(command))) => {
            Some(command)
        }
        (Some(Value::String(command)), Some(Value::String(method))) if command == method => {
            Some(command)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(frame: &str) -> Value {
        let text = reply(frame, |command, _| match command {
            "ping" => Ok(Object::default()),
            _ => Err(RpcError::unknown_command()),
        });
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_the_client_named_is_echoed() {
        let expected = json!({"api_version": 2, "id": {"a": 1}, "result": {}, "status": "success", "type": "response"});
        assert_eq!(answer(r#"{"id":{"a":1},"command":"ping","api_version":2}"#), expected);
        assert_eq!(
            answer(r#"{"method":"ping"}"#),
            json!({"result": {}, "status": "success", "type": "response"})
        );
    }

    #[test]
    fn a_command_that_contradicts_its_method_is_none() {
        for frame in [r#"{"command":"ping","method":"fee"}"#, r#"{"command":7}"#, "{}"] {
            assert_eq!(answer(frame)["error"], "missingCommand");
        }
    }

    #[test]
    fn a_frame_that_is_no_object_or_too_long_is_returned() {
        assert_eq!(answer("7"), json!({"error": "jsonInvalid", "type": "error", "value": "7"}));
        let long = format!(r#"{{"command":"ping","blank":"{}"}}"#, " ".repeat(FRAME_BYTES_MAX));
        assert_eq!(answer(&long)["error"], "jsonInvalid");
    }
}
