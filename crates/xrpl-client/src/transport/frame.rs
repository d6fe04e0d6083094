//! One text frame of a server, sorted by its receiver.

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::call::{Reply, ValidatedLedger};
use crate::error::{ConnectionError, Error, RpcError};

/// The receiver of a frame.
#[derive(Debug)]
pub(super) enum Frame {
    /// The request with this id.
    Answer(u64, Result<Reply, Error>),
    /// Subscribers of the `ledger` stream.
    LedgerClosed(ValidatedLedger),
    /// None: another stream, or a reply to a request that was given up.
    Other,
}

/// The members of a frame. Values that are not needed may have any shape.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    warning: Option<&'a RawValue>,
    #[serde(borrow, default)]
    warnings: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_message: Option<&'a RawValue>,
}

/// The start of a `result` that holds an error after all, as a proxy in front of a server may wrap it.
#[derive(Deserialize)]
struct WrappedError<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_message: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Warning {
    id: i64,
}

/// Clio's warning that the client is about to be cut off.
const WARNING_CLIO_LOAD: i64 = 2003;

impl Frame {
    /// Sorts a frame; an error means that the connection is of no more use.
    pub(super) fn sort(text: Utf8Bytes) -> Result<Self, ConnectionError> {
        let not_object = || ConnectionError::protocol_violation("what is not a JSON object", &text);
        if !text.trim_start().starts_with('{') {
            return Err(not_object());
        }
        let envelope: Envelope<'_> = serde_json::from_str(&text).map_err(|_| not_object())?;
        let kind = string(envelope.kind);
        let refusal = refusal(envelope.error, envelope.error_code, envelope.error_message);
        match (envelope.id.and_then(number), refusal) {
            (Some(id), Some(refusal)) => Ok(Self::Answer(id, Err(refusal.into()))),
            (Some(id), None) => Ok(Self::Answer(id, answer(&text, &envelope))),
            (None, Some(refusal)) => Err(ConnectionError::Rpc(refusal)),
            (None, None) if kind.as_deref() == Some("ledgerClosed") => {
                match ValidatedLedger::read(&text) {
                    Some(announcement) => Ok(Self::LedgerClosed(announcement)),
                    None => Err(ConnectionError::protocol_violation(
                        "a ledgerClosed without index or hash",
                        &text,
                    )),
                }
            }
            (None, None) => Ok(Self::Other),
        }
    }
}

fn answer(text: &Utf8Bytes, envelope: &Envelope<'_>) -> Result<Reply, Error> {
    let Some(result) = envelope.result else {
        return Err(Error::malformed("neither result nor error", text));
    };
    if let Some(error) = wrapped_error(result) {
        return Err(error.into());
    }
    let start = result.get().as_ptr() as usize - text.as_ptr() as usize;
    let load_warning =
        string(envelope.warning).as_deref() == Some("load") || has_load_warning(envelope.warnings);
    Ok(Reply::new(text.clone(), start..start + result.get().len(), load_warning))
}

/// Looks into short results only: an error is short, and a ledger need not be read twice.
fn wrapped_error(result: &RawValue) -> Option<RpcError> {
    const ERROR_BYTES_MAX: usize = 4096;
    if result.get().len() > ERROR_BYTES_MAX {
        return None;
    }
    let wrapped: WrappedError<'_> = serde_json::from_str(result.get()).ok()?;
    refusal(wrapped.error, wrapped.error_code, wrapped.error_message)
}

fn refusal(
    error: Option<&RawValue>,
    code: Option<&RawValue>,
    message: Option<&RawValue>,
) -> Option<RpcError> {
    let token = error.map(|error| string(Some(error)).unwrap_or_else(|| error.get().to_owned()))?;
    let code = code.and_then(|code| serde_json::from_str(code.get()).ok());
    Some(RpcError::new(&token, code, string(message).as_deref()))
}

fn has_load_warning(warnings: Option<&RawValue>) -> bool {
    let warnings: Option<Vec<Warning>> =
        warnings.and_then(|warnings| serde_json::from_str(warnings.get()).ok());
    warnings.is_some_and(|warnings| warnings.iter().any(|warning| warning.id == WARNING_CLIO_LOAD))
}

fn string(value: Option<&RawValue>) -> Option<String> {
    value.and_then(|value| serde_json::from_str(value.get()).ok())
}

fn number(value: &RawValue) -> Option<u64> {
    serde_json::from_str(value.get()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sort(text: &str) -> Result<Frame, ConnectionError> {
        Frame::sort(Utf8Bytes::from(text.to_owned()))
    }

    fn refused(text: &str) -> String {
        match sort(text) {
            Ok(Frame::Answer(3, Err(error))) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_result_is_found_in_its_frame() {
        let frame = sort(
            r#"{"id":6,"api_version":2,"result": {"a":"é"} ,"status":"success","type":"response"}"#,
        );
        let Ok(Frame::Answer(6, Ok(reply))) = frame else { panic!("{frame:?}") };
        assert_eq!((reply.result(), reply.load_warning), (r#"{"a":"é"}"#, false));
    }

    #[test]
    fn errors_are_read_bare_and_wrapped() {
        let bare = r#"{"error":"lgrNotFound","error_code":21,"error_message":"ledgerNotFound","id":3,"request":{},"status":"error","type":"response"}"#;
        assert_eq!(refused(bare), "server answers lgrNotFound (ledgerNotFound)");
        assert_eq!(
            refused(r#"{"id":3,"result":{"error":"tooBusy","status":"error"}}"#),
            "server answers tooBusy"
        );
        assert_eq!(
            refused(r#"{"id":3,"error":"missingCommand","status":"error"}"#),
            "server answers missingCommand"
        );
        assert_eq!(
            refused(r#"{"id":3,"error":7,"error_code":"x","error_message":[]}"#),
            "server answers 7"
        );
        assert_eq!(
            refused(r#"{"id":3,"status":"success"}"#),
            "reply has neither result nor error: {\"id\":3,\"status\":\"success\"}"
        );
    }

    #[test]
    fn both_kinds_of_load_warnings_are_seen() {
        for warning in
            [r#""warning":"load""#, r#""warnings":[{"id":2001,"message":"clio"},{"id":2003}]"#]
        {
            let frame = sort(&format!(r#"{{"id":1,"result":{{}},{warning}}}"#));
            assert!(
                matches!(frame, Ok(Frame::Answer(1, Ok(Reply { load_warning: true, .. })))),
                "{warning}"
            );
        }
        let frame = sort(r#"{"id":1,"result":{},"warning":7,"warnings":[{"id":2001}]}"#);
        assert!(matches!(frame, Ok(Frame::Answer(1, Ok(Reply { load_warning: false, .. })))));
    }

    #[test]
    fn frames_without_an_id_go_to_subscribers_or_nowhere() {
        let closed =
            format!(r#"{{"type":"ledgerClosed","ledger_index":3,"ledger_hash":"{:064}"}}"#, 7);
        assert!(matches!(sort(&closed), Ok(Frame::LedgerClosed(ValidatedLedger { index: 3, .. }))));
        assert!(matches!(
            sort(r#"{"type":"ledgerClosed","ledger_index":3}"#),
            Err(ConnectionError::ProtocolViolation { .. })
        ));
        assert!(matches!(sort(r#"{"type":"serverStatus"}"#), Ok(Frame::Other)));
        assert!(matches!(sort(r#"{"id":"two","result":{}}"#), Ok(Frame::Other)));
        assert!(matches!(
            sort(r#"{"error":"jsonInvalid","type":"error","value":"x"}"#),
            Err(ConnectionError::Rpc(_))
        ));
    }

    #[test]
    fn what_is_no_json_object_ends_the_connection() {
        for text in ["", "[]", "7", "<html>", r#"{"id":1,"result":{"a":"#, r#"{"id":1,"id":2}"#] {
            assert!(matches!(sort(text), Err(ConnectionError::ProtocolViolation { .. })), "{text}");
        }
        let deep = format!("{{\"id\":1,\"result\":{}", "[".repeat(100_000));
        assert!(matches!(sort(&deep), Err(ConnectionError::ProtocolViolation { .. })));
    }

    proptest! {
        #[test]
        fn any_text_is_sorted_or_ends_the_connection(text in "\\PC*", inside in "[\\[\\]{}\",:0-9a-z ]*") {
            let _ = sort(&text);
            let _ = sort(&format!("{{{inside}}}"));
            let _ = sort(&format!(r#"{{"id":1,"result":{inside}}}"#));
        }

        #[test]
        fn a_reply_that_is_cut_anywhere_ends_the_connection(cut in 0..CUT.len()) {
            let is_refused = matches!(sort(&CUT[..cut]), Err(ConnectionError::ProtocolViolation { .. }));
            prop_assert!(is_refused);
        }
    }

    const CUT: &str = r#"{"id":1,"result":{"ledger":{"ledger_data":"00AB","transactions":[]}},"status":"success"}"#;
}
