//! Files of replies as UTF-8 text: as they are, or decompressed and transcoded into a spool file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;

/// The first bytes of a gzip stream.
const GZIP: [u8; 2] = [0x1F, 0x8B];
/// Byte order marks of UTF-16, which PowerShell writes.
const UTF_16_LITTLE_ENDIAN: [u8; 2] = [0xFF, 0xFE];
const UTF_16_BIG_ENDIAN: [u8; 2] = [0xFE, 0xFF];

/// UTF-8 text on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReplyText {
    /// A file as it was given; it may begin with a byte order mark.
    File(PathBuf),
    /// A part of the spool.
    Spooled {
        /// Where it begins.
        start: u64,
        /// How many bytes it has.
        length: u64,
    },
}

/// A temporary file without a name, which ends with the process: what was compressed or in UTF-16.
pub(super) struct Spool {
    file: Mutex<File>,
}

impl Spool {
    /// An empty one.
    ///
    /// # Errors
    /// When the system's folder for temporary files can't be written.
    pub(super) fn new() -> anyhow::Result<Self> {
        let file = tempfile::tempfile().context("making a temporary file")?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// The text of a file.
    ///
    /// # Errors
    /// When it can't be read, decompressed or decoded.
    pub(super) fn text_of(&self, path: &Path) -> io::Result<ReplyText> {
        let mut file = BufReader::new(File::open(path)?);
        match first_two(&mut file)? {
            Some(GZIP) => {
                let text =
                    self.append(|out| io::copy(&mut MultiGzDecoder::new(file), out).map(drop))?;
                let mut inner = self.open(&text)?;
                match first_two(&mut inner)? {
                    Some(UTF_16_LITTLE_ENDIAN | UTF_16_BIG_ENDIAN) => self.decoded(inner),
                    _ => Ok(text),
                }
            }
            Some(UTF_16_LITTLE_ENDIAN | UTF_16_BIG_ENDIAN) => self.decoded(file),
            _ => Ok(ReplyText::File(path.to_owned())),
        }
    }

    /// Reads a text from its start.
    ///
    /// # Errors
    /// When the file is not there any more.
    pub(super) fn open(&self, text: &ReplyText) -> io::Result<BufReader<Box<dyn ReadFrom + '_>>> {
        let reader: Box<dyn ReadFrom + '_> = match text {
            ReplyText::File(path) => Box::new(File::open(path)?),
            ReplyText::Spooled { start, length } => {
                Box::new(SpoolReader { spool: self, start: *start, length: *length, at: 0 })
            }
        };
        Ok(BufReader::with_capacity(1 << 16, reader))
    }

    /// UTF-16 behind its byte order mark as UTF-8.
    fn decoded(&self, input: impl Read) -> io::Result<ReplyText> {
        // The input may lie in the spool, which is locked while something is appended.
        let mut utf_8 = tempfile::tempfile()?;
        decode_utf_16(input, &mut utf_8)?;
        utf_8.seek(SeekFrom::Start(0))?;
        self.append(|out| io::copy(&mut utf_8, out).map(drop))
    }

    fn append(
        &self,
        write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
    ) -> io::Result<ReplyText> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let start = file.seek(SeekFrom::End(0))?;
        let mut out = BufWriter::new(&mut *file);
        write(&mut out)?;
        out.flush()?;
        drop(out);
        Ok(ReplyText::Spooled { start, length: file.stream_position()? - start })
    }
}

fn decode_utf_16(mut input: impl Read, output: impl Write) -> io::Result<()> {
    let mut mark = [0; 2];
    input.read_exact(&mut mark)?;
    let is_little_endian = mark == UTF_16_LITTLE_ENDIAN;
    let (mut bytes, mut error) = (BufReader::new(input).bytes(), None);
    let units = std::iter::from_fn(|| {
        let mut next = || bytes.next()?.map_err(|it| error = Some(it)).ok();
        let pair = [next()?, next()?];
        Some(if is_little_endian { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    });
    let mut output = BufWriter::new(output);
    for character in char::decode_utf16(units) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        output.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())?;
    }
    output.flush()?;
    error.map_or(Ok(()), Err)
}

/// The first two bytes, which stay unread; `None` if there are fewer.
fn first_two<R: Read + Seek>(reader: &mut BufReader<R>) -> io::Result<Option<[u8; 2]>> {
    let mut bytes = [0; 2];
    let read = reader.read_exact(&mut bytes);
    reader.seek(SeekFrom::Start(0))?;
    match read {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A reader that can be positioned.
pub(super) trait ReadFrom: Read + Seek {}

impl<R: Read + Seek> ReadFrom for R {}

/// Reads a part of the spool, which others read and write meanwhile.
struct SpoolReader<'s> {
    spool: &'s Spool,
    start: u64,
    length: u64,
    at: u64,
}

impl Read for SpoolReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.spool.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.start + self.at))?;
        let read = (&mut *file).take(self.length - self.at).read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for SpoolReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.at = at.map_or(self.length, |at| at.min(self.length));
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, bytes).unwrap();
        let spool = Spool::new().unwrap();
        // What was spooled before stays apart.
        spool.append(|out| out.write_all(b"before")).unwrap();
        let text = spool.text_of(&path).unwrap();
        let mut found = String::new();
        spool.open(&text).unwrap().read_to_string(&mut found).unwrap();
        found
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_and_utf_16_are_read_as_utf_8() {
        let text = "{\"ü\": \"𝄞\"}";
        let units = || text.encode_utf16();
        let little: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> =
            [0xFE, 0xFF].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect();
        let twice = [gzip(b"{}"), gzip(b"{}")].concat();
        assert_eq!(read(text.as_bytes()), text);
        assert_eq!(read(&gzip(text.as_bytes())), text);
        assert_eq!(read(&twice), "{}{}");
        assert_eq!(read(&little), text);
        assert_eq!(read(&big), text);
        assert_eq!(read(&gzip(&little)), text);
        assert_eq!(read(b"{"), "{");
        assert_eq!(read(b""), "");
    }
}
