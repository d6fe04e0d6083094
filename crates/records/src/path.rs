//! Paths into JSON as text: names after dots, indexes in brackets.

use std::borrow::Cow;

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'p> {
    /// To a member of an object.
    Name(Cow<'p, str>),
    /// To an element of an array.
    Index(usize),
}

/// The name that is empty.
const NO_NAME: &str = "\\]";

/// Appends a step to a member.
#[inline]
pub(crate) fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    if name.contains(['.', '[', '\\']) || name.is_empty() {
        push_escaped(path, name);
    } else {
        path.push_str(name);
    }
}

fn push_escaped(path: &mut String, name: &str) {
    for character in name.chars() {
        if matches!(character, '.' | '[' | '\\') {
            path.push('\\');
        }
        path.push(character);
    }
    if name.is_empty() {
        path.push_str(NO_NAME);
    }
}

/// Appends a step to an element.
#[inline]
pub(crate) fn push_index(path: &mut String, index: usize) {
    use std::fmt::Write as _;
    write!(path, "[{index}]").expect("text takes all that is written");
}

/// The steps of a path as untyped fields have it; `None` if the text is not a path. A backslash escapes a dot, a bracket or a
/// backslash in a name.
pub fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    let mut rest = path;
    let mut is_first = true;
    while !rest.is_empty() || is_first {
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']')?;
            steps.push(Step::Index(index.parse().ok()?));
            rest = after;
        } else {
            if !is_first {
                rest = rest.strip_prefix('.')?;
            }
            let (name, after) = split_name(rest)?;
            steps.push(Step::Name(name));
            rest = after;
        }
        is_first = false;
    }
    Some(steps)
}

fn split_name(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['.', '[', '\\']).unwrap_or(text.len());
    if !text[end..].starts_with('\\') {
        return Some((Cow::Borrowed(&text[..end]), &text[end..]));
    }
    let (mut name, mut characters) = (String::new(), text.char_indices());
    while let Some((at, character)) = characters.next() {
        match character {
            '.' | '[' => return Some((Cow::Owned(name), &text[at..])),
            '\\' => name.extend(Some(characters.next()?.1).filter(|escaped| *escaped != ']')),
            other => name.push(other),
        }
    }
    Some((Cow::Owned(name), ""))
}

/// Appends to `bare` the path without indexes, as the table of paths has it; an array within an array is named `list`.
pub fn bare_path(path: &str, bare: &mut String) {
    let mut rest = path;
    let mut was_index = false;
    while let Some(at) = rest.find('[') {
        if rest[..at].ends_with('\\') {
            bare.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            was_index = false;
            continue;
        }
        was_index &= at == 0;
        bare.push_str(&rest[..at]);
        if was_index {
            bare.push_str(".list");
        }
        rest = rest[at..].split_once(']').map_or("", |(_, after)| after);
        was_index = true;
    }
    bare.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(path: &str) -> String {
        let mut bare = String::new();
        bare_path(path, &mut bare);
        bare
    }

    #[test]
    fn steps_are_what_was_pushed() {
        let names = ["", "a", "a.b", "[", "x\\y", "]"];
        for first in names {
            for second in names {
                let mut path = String::new();
                push_name(&mut path, first);
                push_index(&mut path, 12);
                push_index(&mut path, 0);
                push_name(&mut path, second);
                let expected = [
                    Step::Name(first.into()),
                    Step::Index(12),
                    Step::Index(0),
                    Step::Name(second.into()),
                ];
                assert_eq!(steps(&path).unwrap(), expected, "{path}");
            }
        }
    }

    #[test]
    fn indexes_are_left_out_of_bare_paths() {
        assert_eq!(bare("Memos[3].Memo.Nope"), "Memos.Memo.Nope");
        assert_eq!(bare("Paths[0][2].mpt_issuance_id"), "Paths.list.mpt_issuance_id");
        assert_eq!(bare("warnings[1]"), "warnings");
    }
}
