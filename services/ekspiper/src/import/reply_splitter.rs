//! Splits a text into replies: one, one after the other, one a line, or an array of them; one at a time in memory.

use std::io::{self, BufRead};

use anyhow::{bail, ensure};

/// A reply has at most this many bytes: many times those of the largest ledgers, and what fits into memory.
const REPLY_BYTES_MAX: usize = 512 << 20;
/// The byte order mark of UTF-8.
const UTF_8_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Reads JSON objects from a text, those in arrays too.
pub(super) struct ReplySplitter<R> {
    input: R,
    offset: u64,
    arrays: usize,
}

/// A JSON object, and where it begins in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The first byte.
    pub(super) offset: u64,
    /// All bytes.
    pub(super) json: Vec<u8>,
}

impl<R: BufRead> ReplySplitter<R> {
    /// Splits what `input` has from here on.
    pub(super) const fn new(input: R) -> Self {
        Self { input, offset: 0, arrays: 0 }
    }

    /// The next object; `None` at the end.
    ///
    /// # Errors
    /// When the text can't be read, ends too early, or has something else between its objects.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Reply>> {
        loop {
            let Some(byte) = self.peek()? else {
                ensure!(self.arrays == 0, "it ends within an array: it is cut short");
                return Ok(None);
            };
            match byte {
                b'{' => return self.object().map(Some),
                b'[' => self.arrays += 1,
                b']' if self.arrays > 0 => self.arrays -= 1,
                b',' if self.arrays > 0 => {}
                byte if byte.is_ascii_whitespace() => {}
                byte if self.is_mark(byte) => {}
                _ => {
                    bail!("it is not JSON objects: byte {} is {:?}", self.offset, char::from(byte))
                }
            }
            self.skip(1);
        }
    }

    /// Whether a byte belongs to the mark that the text may begin with.
    fn is_mark(&self, byte: u8) -> bool {
        usize::try_from(self.offset).is_ok_and(|at| UTF_8_MARK.get(at) == Some(&byte))
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn skip(&mut self, bytes: usize) {
        self.input.consume(bytes);
        self.offset += bytes as u64;
    }

    fn object(&mut self) -> anyhow::Result<Reply> {
        let (offset, mut json) = (self.offset, Vec::new());
        let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
        loop {
            let buffer = self.input.fill_buf()?;
            ensure!(!buffer.is_empty(), "it ends within an object: it is cut short");
            let mut taken = 0;
            for byte in buffer {
                taken += 1;
                match byte {
                    _ if is_escaped => is_escaped = false,
                    b'\\' if in_text => is_escaped = true,
                    b'"' => in_text = !in_text,
                    _ if in_text => {}
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            json.extend_from_slice(&buffer[..taken]);
            self.skip(taken);
            ensure!(json.len() <= REPLY_BYTES_MAX, "a reply has more than {REPLY_BYTES_MAX} bytes");
            if depth == 0 {
                return Ok(Reply { offset, json });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<Vec<(u64, String)>, String> {
        // A small buffer, so that objects lie across its ends.
        let input = std::io::BufReader::with_capacity(3, text.as_bytes());
        let mut splitter = ReplySplitter::new(input);
        let mut found = Vec::new();
        while let Some(reply) = splitter.next().map_err(|error| error.to_string())? {
            found.push((reply.offset, String::from_utf8(reply.json).unwrap()));
        }
        Ok(found)
    }

    fn texts(text: &str) -> Vec<String> {
        split(text).unwrap().into_iter().map(|(_, json)| json).collect()
    }

    #[test]
    fn objects_come_one_by_one_in_whatever_lies_around_them() {
        let object = r#"{"a": [1, {"b": "}\"]\\"}]}"#;
        let two = [object, "{}"];
        assert_eq!(texts(&format!("{object}{{}}")), two);
        assert_eq!(texts(&format!("\u{feff}{object}\r\n{{}}\n")), two);
        assert_eq!(texts(&format!("[{object},\n {{}}]")), two);
        assert_eq!(texts(&format!("\u{feff}[[{object}],[{{}}]]")), two);
        assert_eq!(split(" {} {}").unwrap()[1], (4, "{}".to_owned()));
        assert_eq!(texts(""), [""; 0]);
        assert_eq!(texts("[]"), [""; 0]);
    }

    #[test]
    fn what_is_cut_short_or_something_else_is_an_error() {
        assert_eq!(split("{\"a\": [").unwrap_err(), "it ends within an object: it is cut short");
        assert_eq!(split("[{}, ").unwrap_err(), "it ends within an array: it is cut short");
        assert_eq!(split("<html>").unwrap_err(), "it is not JSON objects: byte 0 is '<'");
        assert_eq!(split("{} 5").unwrap_err(), "it is not JSON objects: byte 3 is '5'");
    }
}
