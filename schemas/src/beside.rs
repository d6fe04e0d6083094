//! What a typed record keeps beside its fields.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A value that the table of paths lacks or forbids, as the record `Beside` of the typed records describes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Beside<'a> {
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub json: Cow<'a, str>,
}
