//! Transient faults: during and after them nothing is lost, doubled or false, and no operator is needed.

use xrpl_sim::Fault;

use crate::fault_case::{FaultCase, How, On, Shown, all};

const SOURCE: &str = "ledger-source";
const DETAILS: &str = "ledger-details";
const REQUESTS: &str = "ekspiper_endpoint_requests_total";
const STREAM: &str = "ekspiper_endpoint_stream_events_total";

const fn case(
    fault: Fault,
    on: On,
    times: u64,
    (flow, metric, label): (&'static str, &'static str, &'static str),
) -> FaultCase {
    FaultCase { fault, on, times, shown: Shown { flow, metric, label, how: How::Grows } }
}

#[test]
fn a_server_that_breaks_off_or_sends_no_sound_reply_loses_nothing() {
    let lost = (SOURCE, STREAM, r#"event="disconnected""#);
    let malformed = (SOURCE, REQUESTS, r#"outcome="malformed""#);
    all([
        case(Fault::Silence, On::TheOnlyOne, 8, lost),
        case(Fault::Disconnect, On::TheOnlyOne, 2, lost),
        case(Fault::HalfOpen, On::TheOnlyOne, 2, lost),
        case(Fault::SlowDrip, On::TheOnlyOne, 400, (DETAILS, REQUESTS, r#"outcome="connection""#)),
        case(Fault::TruncatedJson, On::TheOnlyOne, 2, malformed),
        case(Fault::EndlessReply, On::TheOnlyOne, 1, malformed),
    ]);
}

#[test]
fn a_server_that_refuses_loses_nothing() {
    let overload = (SOURCE, REQUESTS, r#"outcome="overload""#);
    let here = (DETAILS, REQUESTS, r#"outcome="retry_same_server""#);
    let elsewhere = (SOURCE, REQUESTS, r#"outcome="retry_other_server""#);
    all([
        case(Fault::Unavailable, On::TheOnlyOne, 1, overload),
        case(Fault::Barred, On::TheOnlyOne, 1, overload),
        case(Fault::SlowDown, On::TheOnlyOne, 2, overload),
        case(Fault::Load, On::TheOnlyOne, 2, overload),
        case(Fault::LateLedger, On::TheOnlyOne, 4, elsewhere),
        case(Fault::NotSynced, On::OneOfThree, 3, here),
    ]);
}

#[test]
fn a_stream_that_repeats_jumps_or_lags_loses_nothing() {
    let stale = (SOURCE, STREAM, r#"event="stale""#);
    let behind = Shown {
        flow: SOURCE,
        metric: "ekspiper_endpoint_validated_ledger_index",
        label: "",
        how: How::Lags(10.0),
    };
    all([
        case(Fault::Repeats, On::TheOnlyOne, 3, stale),
        case(Fault::Disorder, On::TheOnlyOne, 3, stale),
        case(Fault::Jump, On::TheOnlyOne, 1, (SOURCE, "ekspiper_unannounced_ledgers_total", "")),
        FaultCase { fault: Fault::Stale, on: On::OneOfThree, times: 12, shown: behind },
    ]);
}

#[test]
fn a_history_that_is_lost_missing_or_misstated_loses_nothing() {
    let waits = (SOURCE, "ekspiper_waiting_seconds", r#"reason="history""#);
    let none =
        Shown { flow: SOURCE, metric: "ekspiper_endpoint_ledgers", label: "", how: How::Lags(8.0) };
    all([
        case(Fault::LostHistory, On::TheOnlyOne, 1, (SOURCE, STREAM, r#"event="disconnected""#)),
        case(Fault::DisjointHistory, On::TheOnlyOne, 2, waits),
        case(Fault::WrongHistory, On::TheOnlyOne, 2, waits),
        FaultCase { fault: Fault::EmptyHistory, on: On::OneOfThree, times: 2, shown: none },
    ]);
}

#[test]
fn one_of_three_servers_with_invalid_responses_changes_nothing_and_is_named() {
    let lying = (DETAILS, REQUESTS, r#"outcome="invalid_response""#);
    let disagree = (SOURCE, "ekspiper_disagreements_total", "");
    all([
        case(Fault::FalseHeader, On::OneOfThree, 1, lying),
        case(Fault::FalseTransaction, On::OneOfThree, 1, lying),
        case(Fault::MissingTransaction, On::OneOfThree, 1, lying),
        case(Fault::WrongParent, On::OneOfThree, 3, disagree),
        case(Fault::Fork, On::OneOfThree, 3, disagree),
        case(Fault::OtherNetwork, On::OneOfThree, 3, disagree),
    ]);
}
