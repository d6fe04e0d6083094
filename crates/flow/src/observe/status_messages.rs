//! Status messages: what flows report of the outside, shown in `/readyz`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Messages of all flows that are kept; further ones are dropped.
const MESSAGES_MAX: usize = 64;

type Messages = BTreeMap<(&'static str, String), String>;

/// Messages by flow and subject, shown with the flow's health. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusMessages {
    inner: Arc<Mutex<Messages>>,
}

impl StatusMessages {
    fn lock(&self) -> MutexGuard<'_, Messages> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what `flow` reports about a subject; `None` takes it back.
    pub(crate) fn set(&self, flow: &'static str, subject: &str, text: Option<String>) {
        let mut messages = self.lock();
        let key = (flow, subject.to_owned());
        match text {
            None => drop(messages.remove(&key)),
            Some(text) if messages.len() < MESSAGES_MAX || messages.contains_key(&key) => {
                messages.insert(key, text);
            }
            Some(_) => {}
        }
    }

    /// The messages of `flow`, a line each.
    pub(crate) fn of(&self, flow: &'static str) -> Vec<String> {
        let messages = self.lock();
        let own = messages.iter().filter(|((of, _), _)| *of == flow);
        own.map(|((_, subject), text)| format!("{flow} {subject}: {text}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_shown_until_they_are_taken_back_and_are_bounded() {
        let messages = StatusMessages::default();
        messages.set("flow", "waiting for history", Some("none of 3 servers has it".into()));
        assert_eq!(messages.of("flow"), ["flow waiting for history: none of 3 servers has it"]);
        assert!(messages.of("other").is_empty());
        messages.set("flow", "waiting for history", None);
        assert!(messages.of("flow").is_empty());
        for subject in 0..2 * MESSAGES_MAX {
            messages.set("flow", &subject.to_string(), Some(String::new()));
        }
        assert_eq!(messages.of("flow").len(), MESSAGES_MAX);
    }
}
