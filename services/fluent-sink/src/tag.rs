//! Tags, by which a receiver routes records of several topics, lanes and networks.

use std::fmt;
use std::str::FromStr;

use flow::Namespace;

use crate::render::kind;

/// A template of tags: text, placeholders, and parts in brackets that the live lane omits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagTemplate {
    text: String,
    pieces: Vec<(Piece, IfLive)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Network,
    Lane,
    Kind,
    Topic,
}

/// Whether the live lane has the piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfLive {
    There,
    LeftOut,
}

const PLACEHOLDERS: [(&str, Piece); 4] = [
    ("network", Piece::Network),
    ("lane", Piece::Lane),
    ("kind", Piece::Kind),
    ("topic", Piece::Topic),
];

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTagTemplate {
    /// An unknown placeholder.
    #[error("unknown placeholder `{{{0}}}`: use {{network}}, {{lane}}, {{kind}} or {{topic}}")]
    UnknownPlaceholder(String),
    /// An unpaired brace or bracket, or a bracket in another one.
    #[error("unpaired `{0}`")]
    Unpaired(char),
    /// Brackets without the lane.
    #[error("`[{0}]` has no {{lane}}: brackets are omitted on the live lane")]
    NoLaneInBrackets(String),
    /// An empty tag, or one with whitespace.
    #[error("a tag must not be empty or contain whitespace or control characters")]
    NoTag,
}

impl TagTemplate {
    /// `mainnet.transactions`, and `mainnet.replay-1.transactions` on another lane than the live one.
    pub const DEFAULT: &'static str = "{network}[.{lane}].{kind}";

    /// The tag of a topic's records.
    pub(crate) fn tag(&self, scope: &Namespace, topic: &str) -> String {
        let mut tag = String::new();
        for (piece, if_live) in &self.pieces {
            if scope.lane().is_none() && *if_live == IfLive::LeftOut {
                continue;
            }
            tag.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Network => scope.network(),
                Piece::Lane => scope.lane().unwrap_or("live"),
                Piece::Kind => kind(topic),
                Piece::Topic => topic,
            });
        }
        tag
    }
}

impl Default for TagTemplate {
    fn default() -> Self {
        Self::DEFAULT.parse().expect("it is a template")
    }
}

impl FromStr for TagTemplate {
    type Err = BadTagTemplate;

    fn from_str(text: &str) -> Result<Self, BadTagTemplate> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(BadTagTemplate::NoTag);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('[') {
            let (inside, after) = after.split_once(']').ok_or(BadTagTemplate::Unpaired('['))?;
            pieces_of(before, IfLive::There, &mut pieces)?;
            let outside = pieces.len();
            pieces_of(inside, IfLive::LeftOut, &mut pieces)?;
            if !pieces[outside..].iter().any(|(piece, _)| *piece == Piece::Lane) {
                return Err(BadTagTemplate::NoLaneInBrackets(inside.to_owned()));
            }
            rest = after;
        }
        pieces_of(rest, IfLive::There, &mut pieces)?;
        if pieces.iter().all(|(_, if_live)| *if_live == IfLive::LeftOut) {
            return Err(BadTagTemplate::NoTag);
        }
        Ok(Self { text: text.to_owned(), pieces })
    }
}

/// Adds the pieces of a text without brackets.
fn pieces_of(
    mut text: &str,
    if_live: IfLive,
    pieces: &mut Vec<(Piece, IfLive)>,
) -> Result<(), BadTagTemplate> {
    while let Some((before, after)) = text.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(BadTagTemplate::Unpaired('{'))?;
        let piece = PLACEHOLDERS.into_iter().find(|(known, _)| *known == name);
        let unknown = || BadTagTemplate::UnknownPlaceholder(name.to_owned());
        let (_, piece) = piece.ok_or_else(unknown)?;
        pieces.extend(plain(before)?.map(|text| (text, if_live)));
        pieces.push((piece, if_live));
        text = after;
    }
    pieces.extend(plain(text)?.map(|text| (text, if_live)));
    Ok(())
}

/// A text without placeholders, if there is any.
fn plain(text: &str) -> Result<Option<Piece>, BadTagTemplate> {
    match text.chars().find(|c| "[]}".contains(*c)) {
        Some(half) => Err(BadTagTemplate::Unpaired(half)),
        None => Ok((!text.is_empty()).then(|| Piece::Text(text.to_owned()))),
    }
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(template: &str, lane: Option<&str>) -> String {
        let scope =
            Namespace::new("mainnet".parse().unwrap(), lane.map(|lane| lane.parse().unwrap()));
        template.parse::<TagTemplate>().unwrap().tag(&scope, "transaction-records")
    }

    #[test]
    fn tags_of_the_live_lane_have_no_lane_by_default() {
        assert_eq!(tag(TagTemplate::DEFAULT, None), "mainnet.transactions");
        assert_eq!(tag(TagTemplate::DEFAULT, Some("replay-1")), "mainnet.replay-1.transactions");
    }

    #[test]
    fn placeholders_may_be_anywhere() {
        assert_eq!(tag("xrpl.{topic}", None), "xrpl.transaction-records");
        assert_eq!(tag("{lane}.{network}", None), "live.mainnet");
        assert_eq!(tag("all", Some("a")), "all");
        assert_eq!(tag("x[.lane.{lane}-{network}].y", Some("a")), "x.lane.a-mainnet.y");
        assert_eq!(tag("x[.lane.{lane}-{network}].y", None), "x.y");
    }

    #[test]
    fn invalid_templates_are_refused_with_the_reason() {
        for (text, why) in [
            (
                "{netwrok}.x",
                "unknown placeholder `{netwrok}`: use {network}, {lane}, {kind} or {topic}",
            ),
            ("{network", "unpaired `{`"),
            ("network}", "unpaired `}`"),
            ("a[{lane}", "unpaired `[`"),
            ("a]", "unpaired `]`"),
            ("a[[{lane}]]", "unpaired `[`"),
            ("a[.b]", "`[.b]` has no {lane}: brackets are omitted on the live lane"),
            ("[{lane}]", "a tag must not be empty or contain whitespace or control characters"),
            ("", "a tag must not be empty or contain whitespace or control characters"),
            ("a b", "a tag must not be empty or contain whitespace or control characters"),
        ] {
            assert_eq!(text.parse::<TagTemplate>().unwrap_err().to_string(), why, "{text}");
        }
    }
}
