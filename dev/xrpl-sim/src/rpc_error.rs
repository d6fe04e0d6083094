//! The errors of the XRP Ledger's API, with the codes and messages of rippled 2.3.0.

use std::borrow::Cow;

use crate::object::Object;

/// Why a command was refused. Matches rippled's table of error codes.
#[derive(Clone, Debug)]
pub(crate) struct RpcError {
    token: &'static str,
    /// Number in rippled's table; some tokens have none.
    code: Option<u16>,
    /// HTTP status that `ripplerpc` 3.0 and later answer with.
    http_status: u16,
    message: Option<Cow<'static, str>>,
    /// Members beside the error, such as the ledger of the lookup.
    beside: Object,
}

macro_rules! table {
    ($($name:ident = $token:literal, $code:literal, $http_status:literal, $message:literal;)*) => {
        impl RpcError {$(
            #[doc = $token]
            pub(crate) fn $name() -> Self {
                Self {
                    token: $token,
                    code: Some($code),
                    http_status: $http_status,
                    message: Some(Cow::Borrowed($message)),
                    beside: Object::default(),
                }
            }
        )*}
    };
}

table! {
    no_permission = "noPermission", 6, 401, "You don't have permission for this command.";
    slow_down = "slowDown", 10, 429, "You are placing too much load on the server.";
    no_closed = "noClosed", 15, 503, "Closed ledger is unavailable.";
    no_current = "noCurrent", 16, 503, "Current ledger is unavailable.";
    no_network = "noNetwork", 17, 503, "Not synced to the network.";
    not_synced = "notSynced", 18, 503, "Not synced to the network.";
    ledger_not_found = "lgrNotFound", 21, 404, "ledgerNotFound";
    transaction_not_found = "txnNotFound", 29, 404, "Transaction not found.";
    invalid_params = "invalidParams", 31, 400, "Invalid parameters.";
    unknown_command = "unknownCmd", 32, 405, "Unknown method.";
    bad_market = "badMarket", 42, 404, "No such market.";
    destination_amount_malformed = "dstAmtMalformed", 51, 400, "Destination amount/currency/issuer is malformed.";
    domain_malformed = "domainMalformed", 97, 400, "Unable to parse domain.";
    destination_issuer_malformed = "dstIsrMalformed", 53, 400, "Destination issuer is malformed.";
    source_currency_malformed = "srcCurMalformed", 69, 400, "Source currency is malformed.";
    source_issuer_malformed = "srcIsrMalformed", 70, 400, "Source issuer is malformed.";
    stream_malformed = "malformedStream", 71, 400, "Stream malformed.";
    not_implemented = "notImpl", 74, 501, "Not implemented.";
}

impl RpcError {
    /// A token that rippled's table lacks: it has no number and no message.
    pub(crate) fn bare(token: &'static str, beside: Object) -> Self {
        Self { token, code: None, http_status: 200, message: None, beside }
    }

    /// The same error with a member beside it.
    pub(crate) fn with(mut self, name: &'static str, value: impl serde::Serialize) -> Self {
        self.beside.set(name, value);
        self
    }

    /// The state of a ledger that the simulator does not have.
    pub(crate) fn no_state(command: &str, index: u32) -> Self {
        let why = format!(
            "xrpl-sim has no state of ledger {index}, which {command} needs: see xrpl-sim --help."
        );
        Self::not_implemented().saying(why)
    }

    /// The same error with another message.
    pub(crate) fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    pub(crate) fn missing_field(name: &str) -> Self {
        Self::invalid_params().saying(format!("Missing field '{name}'."))
    }

    pub(crate) fn expected_field(name: &str, kind: &str) -> Self {
        Self::invalid_params().saying(format!("Invalid field '{name}', not {kind}."))
    }

    pub(crate) fn invalid_field(name: &str) -> Self {
        Self::invalid_params().saying(format!("Invalid field '{name}'."))
    }

    /// HTTP status for clients that ask for it by `ripplerpc` 3.0.
    pub(crate) fn http_status(&self) -> u16 {
        self.http_status
    }

    /// The members that `ripplerpc` 1.0 and WebSocket replies carry.
    pub(crate) fn object(&self) -> Object {
        let mut object = self.beside.clone();
        object.set("error", self.token);
        if let Some(code) = self.code {
            object.set("error_code", code);
        }
        if let Some(message) = &self.message {
            object.set("error_message", message);
        }
        object
    }

    /// The members of the top-level `error` of `ripplerpc` 2.0 and later.
    pub(crate) fn top_level_object(&self) -> Object {
        let mut object = self.beside.clone();
        object.set("error", self.token);
        if let Some(code) = self.code {
            object.set("error_code", code);
        }
        object.set("code", self.code);
        object.set("message", &self.message);
        object.set("status", "error");
        object
    }
}
