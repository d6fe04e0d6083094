//! JSON-RPC envelopes as rippled writes them, refusals by HTTP status included.

use serde_json::{Map, Value, json};
use xrpl_codec::json::ApiVersion;

use crate::object::{Object, array};
use crate::request::{Request, api_version};
use crate::rpc_error::RpcError;

/// Longest request body that rippled parses.
pub(crate) const REQUEST_BYTES_MAX: usize = 1_000_000;

/// What goes back over HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HttpReply {
    pub(crate) status: u16,
    /// Ends in a line break, as rippled's bodies do.
    pub(crate) body: String,
}

/// Answers commands that came without a connection of their own.
pub(crate) trait Answer {
    fn answer(&self, command: &str, request: &Request<'_>) -> Result<Object, RpcError>;
}

/// Answers one HTTP body.
pub(crate) fn reply(node: &impl Answer, body: &[u8]) -> HttpReply {
    let parsed = parse(body).and_then(|request| match request.get("method") {
        Some(Value::String(method)) if method == "batch" => Ok((200, batch(node, &request)?)),
        _ => single(node, &request),
    });
    let (status, mut body) = parsed.unwrap_or_else(|refusal| (refusal.status, refusal.words));
    body.push_str("\r\n");
    HttpReply { status, body }
}

/// A request that is refused before any command is looked at: its body is words, not JSON.
struct Refused {
    status: u16,
    words: String,
}

fn refused(words: impl Into<String>) -> Refused {
    Refused { status: 400, words: words.into() }
}

fn parse(body: &[u8]) -> Result<Map<String, Value>, Refused> {
    if body.len() > REQUEST_BYTES_MAX {
        return Err(refused("Unable to parse request: "));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(request)) => Ok(request),
        Ok(Value::Array(_)) => Err(refused("Unable to parse request: ")),
        Ok(_) => Err(refused(
            "Unable to parse request: * Line 1, Column 1\n  \
             A valid JSON document must be either an array or an object value.\n",
        )),
        Err(error) => Err(refused(format!(
            "Unable to parse request: * Line {}, Column {}\n  Syntax error: value, object or array expected.\n",
            error.line(),
            error.column().max(1)
        ))),
    }
}

/// The `method` of a request, or why it has none.
fn method(request: &Map<String, Value>) -> Result<&str, &'static str> {
    match request.get("method") {
        None | Some(Value::Null) => Err("Null method"),
        Some(Value::String(method)) if method.is_empty() => Err("method is empty"),
        Some(Value::String(method)) => Ok(method),
        Some(_) => Err("method is not string"),
    }
}

fn single(node: &impl Answer, request: &Map<String, Value>) -> Result<(u16, String), Refused> {
    let first = request.get("params").and_then(|params| params.get(0)).and_then(Value::as_object);
    let version = first.map_or(Some(ApiVersion::V1), api_version);
    let version = version.ok_or_else(|| refused("invalid_API_version"))?;
    let command = method(request).map_err(refused)?;
    let params = match request.get("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Array(params)) => match params.as_slice() {
            [] | [Value::Null] => Map::new(),
            [Value::Object(params)] => params.clone(),
            _ => return Err(refused("params unparseable")),
        },
        Some(_) => return Err(refused("params unparseable")),
    };
    let dialect = dialect(&params).map_err(refused)?;
    Ok(answered(node, command, params, version, dialect))
}

fn batch(node: &impl Answer, request: &Map<String, Value>) -> Result<String, Refused> {
    let Some(Value::Array(requests)) = request.get("params") else {
        return Err(refused("Malformed batch request"));
    };
    Ok(array(requests.iter().map(|request| batched(node, request))))
}

/// One element of a batch: the request itself holds the parameters.
fn batched(node: &impl Answer, request: &Value) -> String {
    let Some(members) = request.as_object() else {
        return json!({"request": request, "error": batch_error(METHOD_NOT_FOUND, "Method not found")}).to_string();
    };
    let Some(version) = api_version(members) else {
        return json!({"request": request, "error": batch_error(WRONG_VERSION, "invalid_API_version")}).to_string();
    };
    match method(members).and_then(|command| dialect(members).map(|dialect| (command, dialect))) {
        Ok((command, dialect)) => answered(node, command, members.clone(), version, dialect).1,
        Err(words) => {
            let mut echo = members.clone();
            echo.insert("error".to_owned(), batch_error(METHOD_NOT_FOUND, words));
            Value::Object(echo).to_string()
        }
    }
}

const METHOD_NOT_FOUND: i32 = -32601;
const WRONG_VERSION: i32 = -32606;

fn batch_error(code: i32, message: &str) -> Value {
    json!({"code": code, "message": message})
}

/// How errors are wrapped: by the `ripplerpc` that the client names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Inside `result`, with the request.
    One,
    /// At the top level.
    Two,
    /// At the top level, and as HTTP status.
    Three,
}

fn dialect(params: &Map<String, Value>) -> Result<Dialect, &'static str> {
    match params.get("ripplerpc") {
        None => Ok(Dialect::One),
        Some(Value::String(version)) if version.as_str() >= "3.0" => Ok(Dialect::Three),
        Some(Value::String(version)) if version.as_str() >= "2.0" => Ok(Dialect::Two),
        Some(Value::String(_)) => Ok(Dialect::One),
        Some(_) => Err("ripplerpc is not a string"),
    }
}

fn answered(
    node: &impl Answer,
    command: &str,
    mut params: Map<String, Value>,
    version: ApiVersion,
    dialect: Dialect,
) -> (u16, String) {
    params.insert("command".to_owned(), command.into());
    let mut envelope = Object::default();
    let mut status = 200;
    match node.answer(command, &Request { params: &params, version }) {
        Ok(mut result) => {
            result.set("status", "success");
            envelope.raw("result", result.text());
        }
        Err(error) if dialect == Dialect::One => {
            let mut result = error.object();
            result.set("status", "error");
            result.set("request", &params);
            envelope.raw("result", result.text());
        }
        Err(error) => {
            if dialect == Dialect::Three {
                status = error.http_status();
            }
            envelope.raw("error", error.top_level_object().text());
        }
    }
    for echoed in ["jsonrpc", "ripplerpc", "id"] {
        if let Some(value) = params.get(echoed) {
            envelope.set(echoed, value);
        }
    }
    (status, envelope.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has one command, which returns its version.
    struct Pinger;

    impl Answer for Pinger {
        fn answer(&self, command: &str, request: &Request<'_>) -> Result<Object, RpcError> {
            if command != "ping" {
                return Err(RpcError::unknown_command());
            }
            let mut object = Object::default();
            object.set("version", if request.version == ApiVersion::V2 { 2 } else { 1 });
            Ok(object)
        }
    }

    fn answer(body: &str) -> (u16, String) {
        let HttpReply { status, body } = reply(&Pinger, body.as_bytes());
        (status, body.strip_suffix("\r\n").unwrap().to_owned())
    }

    #[test]
    fn parameters_may_be_left_out() {
        for params in
            ["", r#","params":[]"#, r#","params":null"#, r#","params":[{}]"#, r#","params":[null]"#]
        {
            let (status, body) = answer(&format!(r#"{{"method":"ping"{params}}}"#));
            assert_eq!(
                (status, body.as_str()),
                (200, r#"{"result":{"status":"success","version":1}}"#)
            );
        }
    }

    #[test]
    fn malformed_requests_are_refused_in_words() {
        let cases = [
            (r#"{"method":""}"#, "method is empty"),
            (r#"{"method":7}"#, "method is not string"),
            (r#"{"method":"ping","params":{}}"#, "params unparseable"),
            (r#"{"method":"ping","params":[{},{}]}"#, "params unparseable"),
            (r#"{"method":"ping","params":[7]}"#, "params unparseable"),
            (r#"{"method":"ping","params":[{"ripplerpc":2}]}"#, "ripplerpc is not a string"),
            (r#"{"method":"batch"}"#, "Malformed batch request"),
            ("[]", "Unable to parse request: "),
        ];
        for (body, words) in cases {
            assert_eq!(answer(body), (400, words.to_owned()));
        }
    }

    #[test]
    fn a_request_above_the_limit_is_refused() {
        let long = format!(r#"{{"method":"ping","blank":"{}"}}"#, " ".repeat(REQUEST_BYTES_MAX));
        assert_eq!(answer(&long).0, 400);
    }

    #[test]
    fn a_batch_is_answered_in_order_and_each_request_by_itself() {
        let (status, body) = answer(
            r#"{"method":"batch","params":[{"method":"ping","api_version":2,"id":5},{"method":"nope"},3,
                {"method":"ping","api_version":9},{"id":6}]}"#,
        );
        let replies: Vec<Value> = serde_json::from_str(&body).unwrap();
        assert_eq!(status, 200);
        assert_eq!(replies[0], json!({"id": 5, "result": {"status": "success", "version": 2}}));
        assert_eq!(replies[1]["result"]["error"], "unknownCmd");
        assert_eq!(
            replies[2],
            json!({"request": 3, "error": {"code": -32601, "message": "Method not found"}})
        );
        assert_eq!(replies[3]["error"], json!({"code": -32606, "message": "invalid_API_version"}));
        assert_eq!(
            replies[4],
            json!({"id": 6, "error": {"code": -32601, "message": "Null method"}})
        );
    }

    #[test]
    fn later_dialects_lift_errors_to_the_top_and_the_last_sets_the_http_status() {
        let (status, body) = answer(r#"{"method":"nope","params":[{"ripplerpc":"2.0"}]}"#);
        let two: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &two["error"]["message"]), (200, &json!("Unknown method.")));
        assert!(two.get("result").is_none());
        assert_eq!(answer(r#"{"method":"nope","params":[{"ripplerpc":"3.0"}]}"#).0, 405);
    }
}
