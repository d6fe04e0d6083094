//! A field that a typed record holds without a type: its path and its JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A value whose path the table of paths lacks, or whose JSON type it forbids there; the Avro record `UntypedField`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct UntypedField<'a> {
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub json: Cow<'a, str>,
}
