//! The namespace of a lane: the names of its topics, groups and transactional ids.

use std::fmt;
use std::str::FromStr;

use crate::record::topic::{Extent, TopicSpec};

/// A network and, unless it is the live one, a lane in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Namespace {
    network: Name,
    lane: Option<Name>,
}

impl Namespace {
    /// The lane `lane` of `network`; the live lane is `None`.
    pub const fn new(network: Name, lane: Option<Name>) -> Self {
        Self { network, lane }
    }

    /// The network's name.
    pub fn network(&self) -> &str {
        &self.network.0
    }

    /// The lane's name, `None` for the live one.
    pub fn lane(&self) -> Option<&str> {
        self.lane.as_ref().map(|lane| lane.0.as_str())
    }

    /// `<network>[.<lane>].<name>`, or `<network>.<name>` for what all lanes of a network share.
    pub fn topic(&self, spec: &TopicSpec) -> String {
        match spec.extent {
            Extent::Partitioned | Extent::Single => format!("{self}.{}", spec.name),
            Extent::Shared => format!("{}.{}", self.network, spec.name),
        }
    }

    /// `<network>[.<lane>].<flow>`: the consumer group of a flow, and the prefix of its transactional ids.
    pub fn group(&self, flow: &str) -> String {
        format!("{self}.{flow}")
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.lane {
            Some(lane) => write!(f, "{}.{lane}", self.network),
            None => write!(f, "{}", self.network),
        }
    }
}

/// A part of a topic's name between dots: letters, digits, `-` and `_`, 1 to 64 of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }
}

/// The text can't be part of a topic's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 64 letters, digits, `-` or `_`")]
pub struct InvalidName;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::dead_letter::DEAD_LETTERS;
    use crate::schema::schema_topic::SCHEMAS;

    fn scope(lane: Option<&str>) -> Namespace {
        Namespace::new("mainnet".parse().unwrap(), lane.map(|lane| lane.parse().unwrap()))
    }

    #[test]
    fn the_live_lane_has_no_lane_in_its_names() {
        assert_eq!(scope(None).topic(&DEAD_LETTERS), "mainnet.dead-letters");
        assert_eq!(scope(None).group("ledger-record"), "mainnet.ledger-record");
    }

    #[test]
    fn a_lane_is_a_second_set_of_the_same_topics() {
        assert_eq!(
            scope(Some("backfill-2019")).topic(&DEAD_LETTERS),
            "mainnet.backfill-2019.dead-letters"
        );
        assert_eq!(
            scope(Some("backfill-2019")).group("ledger-record"),
            "mainnet.backfill-2019.ledger-record"
        );
    }

    #[test]
    fn lanes_share_the_schemas_of_their_network() {
        assert_eq!(scope(Some("backfill-2019")).topic(&SCHEMAS), "mainnet.schemas");
    }

    #[test]
    fn a_name_with_a_dot_is_refused() {
        for text in ["", "a.b", "ä", "a b", &"x".repeat(65)] {
            assert_eq!(text.parse::<Name>(), Err(InvalidName), "{text}");
        }
    }
}
