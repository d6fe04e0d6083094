//! `ekspiper dlq show`: shows dead letters in full.

use std::fmt::Write as _;
use std::io::Write as _;

use flow::Decoder;
use flow::tooling::DeadLetter;
use flow_admin::{DlqEntry, avro_to_json};

use super::LaneDlq;
use super::entry::{Entries, Entry};

/// The maximum number of bytes shown of a value that can't be decoded.
const HEX_BYTES_MAX: usize = 512;

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    dlq: LaneDlq,
    /// Write the input's value as it is to standard output; of one dead letter
    #[arg(long)]
    raw: bool,
}

/// Shows the matching dead letters, open or resolved.
///
/// # Errors
/// When none matches, or several match with `--raw`.
pub(crate) fn show(args: &ShowArgs) -> anyhow::Result<String> {
    let filter = &args.dlq.filter;
    let mut inspector = args.dlq.inspector()?;
    let entries = Entries::read(&mut inspector, filter)?;
    let matching: Vec<&Entry> = entries.all.iter().filter(|entry| filter.matches(entry)).collect();
    anyhow::ensure!(
        !matching.is_empty(),
        "no matching dead letters in {}",
        args.dlq.settings().to()
    );
    anyhow::ensure!(
        matching.len() == 1 || !args.raw,
        "{} dead letters match: `--raw` takes one id",
        matching.len()
    );
    let decoder = inspector.decoder().clone();
    for topic in schemas::all() {
        decoder.learn(topic.schema)?;
    }
    let mut shown = Vec::new();
    inspector.read_dead_letters(|found| {
        if let Some(entry) = matching.iter().find(|entry| entry.id == found.id) {
            if args.raw {
                // A closed pipe is no error.
                let _ = std::io::stdout().write_all(found.says.payload);
            } else {
                shown.push(describe(&found, entry, &decoder));
            }
        }
    })?;
    Ok(shown.join("\n"))
}

fn describe(found: &DlqEntry<'_>, entry: &Entry, decoder: &Decoder) -> String {
    let says = &found.says;
    let ledger = says.id().map_or_else(
        || "no ledger".to_owned(),
        |id| format!("ledger {}, part {}", id.sequence, id.part),
    );
    let mut text = format!(
        "id:          {}, {}\n\
         flow:        {} {}, attempt {}\n\
         causes:      {}\n\
         input:       {}/{} offset {}, {ledger}\n\
         resolution:  {}\n\
         key:         {}\n",
        found.id,
        entry.time(),
        says.flow,
        says.version,
        says.attempt,
        says.causes.join("\n             "),
        says.topic,
        says.partition,
        says.offset,
        entry.resolution_text(),
        readable(says.key),
    );
    for header in &says.headers {
        let _ = writeln!(text, "header:      {} = {}", header.key, readable(header.value));
    }
    let cut = if says.is_cut() { ", truncated" } else { "" };
    let _ =
        writeln!(text, "value:       {} bytes{cut}\n{}", says.payload_bytes, value(says, decoder));
    text
}

/// The decoded value, or its first bytes.
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

/// Text as it is, other bytes in hexadecimal digits.
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
    fn bytes_that_are_no_text_are_shown_in_hexadecimal() {
        assert_eq!(readable(b"6/0/1"), "6/0/1");
        assert_eq!(readable(b"\xFF\x00"), "0xFF00");
        assert_eq!(readable(b"a\nb"), "0x610A62");
    }
}
