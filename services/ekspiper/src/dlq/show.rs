//! `ekspiper dlq show`: all that a dead letter holds.

use std::fmt::Write as _;
use std::io::Write as _;

use flow::{DeadLetter, Decoder};
use flow_admin::{DlqEntry, avro_to_json};

use super::Letters;
use super::entry::{Entries, Entry};

/// So much of a value that can't be decoded is shown.
const HEX_BYTES_MAX: usize = 512;

/// Which to show, and how.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    letters: Letters,
    /// Write the bytes of the input's value to standard output, and nothing else; of one letter
    #[arg(long)]
    raw: bool,
}

/// Shows the letters that are meant, open or not.
///
/// # Errors
/// When none is meant, or several are and their bytes are asked for.
pub(crate) fn show(args: &ShowArgs) -> anyhow::Result<String> {
    let choice = &args.letters.choice;
    let mut inspector = args.letters.inspector()?;
    let entries = Entries::read(&mut inspector, choice)?;
    let meant: Vec<&Entry> = entries.all.iter().filter(|entry| choice.takes(entry)).collect();
    anyhow::ensure!(!meant.is_empty(), "no such dead letters in {}", args.letters.settings().to());
    anyhow::ensure!(
        meant.len() == 1 || !args.raw,
        "{} letters are meant: `--raw` takes one id",
        meant.len()
    );
    let decoder = inspector.decoder().clone();
    for topic in schemas::all() {
        decoder.learn(topic.schema)?;
    }
    let mut shown = Vec::new();
    inspector.letters(|letter| {
        if let Some(entry) = meant.iter().find(|entry| entry.id == letter.id) {
            if args.raw {
                // Whoever reads it may have seen enough.
                let _ = std::io::stdout().write_all(letter.says.payload);
            } else {
                shown.push(describe(&letter, entry, &decoder));
            }
        }
    })?;
    Ok(shown.join("\n"))
}

fn describe(letter: &DlqEntry<'_>, entry: &Entry, decoder: &Decoder) -> String {
    let says = &letter.says;
    let place = says.id().map_or_else(
        || "of no ledger that could be read".to_owned(),
        |place| format!("ledger {}, part {}", place.sequence, place.part),
    );
    let mut text = format!(
        "letter:   {}, {}\n\
         flow:     {} {}, attempt {}\n\
         causes:   {}\n\
         input:    {}/{} at offset {}, {place}\n\
         became:   {}\n\
         key:      {}\n",
        letter.id,
        entry.time(),
        says.flow,
        says.version,
        says.attempt,
        says.causes.join("\n          "),
        says.topic,
        says.partition,
        says.offset,
        entry.fate(),
        readable(says.key),
    );
    for header in &says.headers {
        let _ = writeln!(text, "header:   {} = {}", header.key, readable(header.value));
    }
    let cut = if says.is_cut() { ", not all of it here" } else { "" };
    let _ = writeln!(text, "value:    {} bytes{cut}\n{}", says.payload_bytes, value(says, decoder));
    text
}

/// The value by its schema, or else its first bytes.
fn value(says: &DeadLetter<'_>, decoder: &Decoder) -> String {
    match avro_to_json(decoder, says.payload) {
        Ok(json) => format!("{json:#}"),
        Err(error) => {
            let shown = &says.payload[..says.payload.len().min(HEX_BYTES_MAX)];
            let rest = if shown.len() < says.payload.len() { "…" } else { "" };
            format!("({error})\n{}{rest}", hex(shown))
        }
    }
}

/// Text as it is, anything else in hexadecimal digits.
fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => format!("0x{}", hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_shown_in_digits() {
        assert_eq!(readable(b"6/0/1"), "6/0/1");
        assert_eq!(readable(b"\xFF\x00"), "0xFF00");
        assert_eq!(readable(b"a\nb"), "0x610A62");
    }
}
