//! A two-way table of numbers and names.

use std::borrow::Cow;

use crate::DefinitionsError;

/// Numbers with their names, sorted for lookups both ways.
#[derive(Debug, Default)]
pub(super) struct Codes {
    by_code: Vec<(i32, Cow<'static, str>)>,
    by_name: Vec<u16>,
}

impl Codes {
    /// Refuses a number or a name that is there twice, and names that are not letters, digits and underscores.
    pub(super) fn new(mut pairs: Vec<(i32, Cow<'static, str>)>) -> Result<Self, DefinitionsError> {
        pairs.sort_unstable();
        let mut by_name: Vec<u16> = (0..u16::MAX).take(pairs.len()).collect();
        by_name.sort_unstable_by(|a, b| pairs[usize::from(*a)].1.cmp(&pairs[usize::from(*b)].1));
        let name = |at: u16| &pairs[usize::from(at)].1;
        let again = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| &pair[1].1);
        let again = again.or_else(|| {
            by_name.windows(2).find(|pair| name(pair[0]) == name(pair[1])).map(|p| name(p[0]))
        });
        let wrong =
            again.or_else(|| pairs.iter().map(|(_, name)| name).find(|name| !is_name(name)));
        if let Some(wrong) = wrong {
            return Err(DefinitionsError::Entry(wrong.to_string()));
        }
        Ok(Self { by_code: pairs, by_name })
    }

    pub(super) fn name(&self, code: i32) -> Option<&str> {
        let at = self.by_code.binary_search_by_key(&code, |(code, _)| *code).ok()?;
        Some(&self.by_code[at].1)
    }

    pub(super) fn code(&self, name: &str) -> Option<i32> {
        let at = self
            .by_name
            .binary_search_by(|at| (*self.by_code[usize::from(*at)].1).cmp(name))
            .ok()?;
        Some(self.by_code[usize::from(self.by_name[at])].0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i32, &str)> {
        self.by_code.iter().map(|(code, name)| (*code, &**name))
    }
}

/// Whether a name can stand in JSON as it is.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
