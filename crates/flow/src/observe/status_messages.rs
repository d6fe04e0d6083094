//! What flows have to say of the outside, beside how they stand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many remarks of all flows are kept; further ones are dropped.
const REMARKS_MAX: usize = 64;

/// StatusMessages by flow and subject, shown with the flow's health. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusMessages {
    inner: Arc<Mutex<BTreeMap<(&'static str, String), String>>>,
}

impl StatusMessages {
    /// What `flow` has to say about a subject; nothing any more if `None`.
    pub(crate) fn set(&self, flow: &'static str, about: &str, text: Option<String>) {
        let mut remarks = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (flow, about.to_owned());
        match text {
            None => drop(remarks.remove(&key)),
            Some(text) if remarks.len() < REMARKS_MAX || remarks.contains_key(&key) => {
                remarks.insert(key, text);
            }
            Some(_) => {}
        }
    }

    /// The remarks of `flow`, a line each.
    pub(crate) fn of(&self, flow: &'static str) -> Vec<String> {
        let remarks = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let own = remarks.iter().filter(|((of, _), _)| *of == flow);
        own.map(|((_, about), text)| format!("{flow} {about}: {text}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_said_until_they_are_taken_back_and_are_bounded() {
        let remarks = StatusMessages::default();
        remarks.set("flow", "waiting for history", Some("none of 3 servers has it".into()));
        assert_eq!(remarks.of("flow"), ["flow waiting for history: none of 3 servers has it"]);
        assert!(remarks.of("other").is_empty());
        remarks.set("flow", "waiting for history", None);
        assert!(remarks.of("flow").is_empty());
        for about in 0..2 * REMARKS_MAX {
            remarks.set("flow", &about.to_string(), Some(String::new()));
        }
        assert_eq!(remarks.of("flow").len(), REMARKS_MAX);
    }
}
