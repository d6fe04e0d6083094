//! A JSON object that is put together member by member, large members as finished text.

use serde::Serialize;

/// Members in any order; [`Object::text`] writes them sorted by name, as rippled does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    /// An object as finished text, which goes first.
    whole: Option<String>,
    members: Vec<(&'static str, String)>,
}

impl Object {
    /// Begins with an object that is text already and holds at least one member.
    pub(crate) fn whole(text: String) -> Self {
        Self { whole: Some(text), members: Vec::new() }
    }

    /// Puts a member, or replaces it.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Serialize) {
        self.raw(name, serde_json::to_string(&value).expect("a plain value has a JSON form"));
    }

    /// Puts a member whose value is JSON text already.
    pub(crate) fn raw(&mut self, name: &'static str, json: String) {
        self.members.retain(|(it, _)| *it != name);
        self.members.push((name, json));
    }

    /// The object as JSON text without blanks.
    pub(crate) fn text(mut self) -> String {
        self.members.sort_unstable_by_key(|(name, _)| *name);
        let bytes: usize =
            self.members.iter().map(|(name, json)| name.len() + json.len() + 4).sum();
        let mut text = self.whole.take().unwrap_or_else(|| "{}".to_owned());
        text.reserve(bytes);
        text.pop();
        for (name, json) in &self.members {
            if text.len() > 1 {
                text.push(',');
            }
            text.push('"');
            text.push_str(name);
            text.push_str("\":");
            text.push_str(json);
        }
        text.push('}');
        text
    }
}

/// Elements that are JSON text already, as one JSON array.
pub(crate) fn array(elements: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (place, element) in elements.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&element);
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_replaced() {
        let mut object = Object::default();
        object.set("status", "success");
        object.raw("ledger", "{}".to_owned());
        object.set("status", 1);
        assert_eq!(object.text(), r#"{"ledger":{},"status":1}"#);
        assert_eq!(Object::default().text(), "{}");
    }

    #[test]
    fn finished_text_is_continued() {
        let mut object = Object::whole(r#"{"ledger":{}}"#.to_owned());
        object.set("status", "success");
        assert_eq!(object.text(), r#"{"ledger":{},"status":"success"}"#);
    }
}
