//! Avro on the wire: single-object encoding, `C3 01`, the schema's fingerprint, the datum.
//!
//! The fingerprint is CRC-64-AVRO of the schema's canonical form, little-endian (Avro specification, "Single-object
//! encoding").

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Deserialize;
use serde_avro_fast::Schema;
use serde_avro_fast::ser::SerializerConfig;

use crate::record::topic::{Topic, TopicSchema};

const MARKER: [u8; 2] = [0xC3, 0x01];
const PREFIX_BYTES: usize = 10;

/// The fingerprint of a schema, as a record carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 8]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The parsed schema of a topic of ours. Parsed once, then kept as long as the process.
fn schema_of(topic: &TopicSchema) -> &'static Schema {
    static PARSED: RwLock<BTreeMap<&'static str, &'static Schema>> = RwLock::new(BTreeMap::new());
    if let Some(schema) = PARSED.read().unwrap_or_else(PoisonError::into_inner).get(topic.schema) {
        return schema;
    }
    let parsed = topic.schema.parse::<Schema>().expect("the schema of a topic of ours parses");
    let mut all = PARSED.write().unwrap_or_else(PoisonError::into_inner);
    all.entry(topic.schema).or_insert_with(|| Box::leak(Box::new(parsed)))
}

/// The fingerprint of a parsed schema.
pub(crate) fn fingerprint(schema: &Schema) -> Fingerprint {
    Fingerprint(*schema.rabin_fingerprint())
}

/// Writes records of one topic. Keeps its buffers between records.
pub(crate) struct Encoder {
    config: SerializerConfig<'static>,
}

impl Encoder {
    pub(crate) fn new(topic: &TopicSchema) -> Self {
        Self { config: SerializerConfig::new(schema_of(topic)) }
    }

    /// Appends the encoded record to `bytes`.
    pub(crate) fn encode<T: Topic>(
        &mut self,
        record: &T::Record<'_>,
        bytes: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        serde_avro_fast::to_single_object(record, bytes, &mut self.config)?;
        Ok(())
    }

    /// Appends a record that is encoded already, behind what names its schema.
    pub(crate) fn encode_datum(&self, datum: &[u8], bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&MARKER);
        bytes.extend_from_slice(&fingerprint(self.config.schema()).0);
        bytes.extend_from_slice(datum);
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

/// Encodes one record by itself: for tools and tests; a flow emits to its collector.
///
/// # Errors
/// When the record does not fit its topic's schema.
pub fn encode<T: Topic>(record: &T::Record<'_>) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Encoder::new(&TopicSchema::of::<T>()).encode::<T>(record, &mut bytes)?;
    Ok(bytes)
}

/// Every writer's schema that this process knows. Cheap to clone; clones share their schemas.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    schemas: Arc<RwLock<HashMap<Fingerprint, &'static Schema>>>,
}

impl Decoder {
    /// Knows the schemas of `topics` as this binary has them.
    pub fn new(topics: &[TopicSchema]) -> Self {
        let decoder = Self::default();
        for topic in topics {
            decoder.learn(topic.schema).expect("the schema of a topic of ours parses");
        }
        decoder
    }

    /// Adds a writer's schema.
    ///
    /// # Errors
    /// When `json` is not an Avro schema.
    pub fn learn(&self, json: &str) -> anyhow::Result<Fingerprint> {
        let parsed = json.parse::<Schema>()?;
        let fingerprint = fingerprint(&parsed);
        self.schemas
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(fingerprint)
            .or_insert_with(|| Box::leak(Box::new(parsed)));
        Ok(fingerprint)
    }

    /// Reads a record of `T`, resolving whatever schema it was written with.
    ///
    /// # Errors
    /// [`DecodeError::UnknownSchema`] when the writer's schema is unknown: look it up and retry. Otherwise the
    /// bytes are not a record of `T` and never will be.
    pub fn decode<'a, T: Topic>(&self, bytes: &'a [u8]) -> Result<T::Record<'a>, DecodeError> {
        self.decode_as::<T::Record<'a>>(bytes)
    }

    /// Reads a record of any known schema, as an `R`.
    ///
    /// # Errors
    /// As of [`Decoder::decode`].
    pub fn decode_as<'a, R: Deserialize<'a>>(&self, bytes: &'a [u8]) -> Result<R, DecodeError> {
        let Some((prefix, datum)) = bytes.split_at_checked(PREFIX_BYTES) else {
            return Err(DecodeError::NotSingleObject);
        };
        if prefix[..2] != MARKER {
            return Err(DecodeError::NotSingleObject);
        }
        let fingerprint =
            Fingerprint(prefix[2..].try_into().expect("the prefix holds a fingerprint"));
        let schema = self
            .schemas
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&fingerprint)
            .copied()
            .ok_or(DecodeError::UnknownSchema(fingerprint))?;
        serde_avro_fast::from_datum_slice(datum, schema)
            .map_err(|error| DecodeError::Malformed(error.into()))
    }
}

/// Why bytes could not be read as a record.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes do not begin as single-object encoding does.
    #[error("not in Avro's single-object encoding")]
    NotSingleObject,
    /// The schema is not known yet.
    #[error("written with the unknown schema {0}")]
    UnknownSchema(Fingerprint),
    /// The datum does not fit the schema that it names.
    #[error("not a record of its schema")]
    Malformed(#[source] anyhow::Error),
}
