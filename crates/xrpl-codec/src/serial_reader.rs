//! Reads the protocol's primitives from bytes.

use crate::{FieldCode, Malformed, SerializedType};

/// A place in a blob.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SerialReader<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> SerialReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, length: bytes.len() }
    }

    /// The offset in the blob.
    pub(crate) fn at(&self) -> usize {
        self.length - self.rest.len()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn end(&self) -> Malformed {
        Malformed::UnexpectedEnd { at: self.length }
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.end())?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.end())?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|byte| byte[0])
    }

    /// The header of a field: its type and number.
    #[inline]
    pub(crate) fn header(&mut self) -> Result<FieldCode, Malformed> {
        let at = self.at();
        let first = self.byte()?;
        let (mut type_code, mut nth) = (first >> 4, first & 0x0F);
        if type_code == 0 {
            type_code = self.byte()?;
            if type_code < 16 {
                return Err(Malformed::FieldHeader { at });
            }
        }
        if nth == 0 {
            nth = self.byte()?;
            if nth < 16 {
                return Err(Malformed::FieldHeader { at });
            }
        }
        Ok(FieldCode::new(type_code.into(), nth.into()))
    }

    /// Bytes after their length: one byte up to 192, two up to 12,480, three up to 918,744.
    #[inline]
    pub(crate) fn length_prefixed(&mut self) -> Result<&'a [u8], Malformed> {
        let at = self.at();
        let first = usize::from(self.byte()?);
        let length = match first {
            0..=192 => first,
            193..=240 => 193 + (first - 193) * 256 + usize::from(self.byte()?),
            241..=254 => {
                let [second, third] = self.array()?.map(usize::from);
                12_481 + (first - 241) * 65_536 + second * 256 + third
            }
            _ => return Err(Malformed::LengthPrefix { at }),
        };
        self.take(length)
    }

    /// The bytes of a value that is no object and no array, without length prefix.
    #[inline]
    pub(crate) fn raw_value(&mut self, kind: SerializedType) -> Result<&'a [u8], Malformed> {
        if let Some(length) = kind.length_bytes() {
            return self.take(length);
        }
        if kind.has_length_prefix() {
            return self.length_prefixed();
        }
        let start = *self;
        match kind {
            SerializedType::Amount => self.skip_amount()?,
            SerializedType::PathSet => self.skip_paths()?,
            SerializedType::Issue => self.skip_issue()?,
            SerializedType::XChainBridge => {
                for _ in 0..2 {
                    self.length_prefixed()?;
                    self.skip_issue()?;
                }
            }
            _ => return Err(Malformed::Misplaced { at: self.at() }),
        }
        Ok(&start.rest[..start.rest.len() - self.rest.len()])
    }

    fn skip_amount(&mut self) -> Result<(), Malformed> {
        let first = self.rest.first().copied().unwrap_or_default();
        let length = match first & 0xA0 {
            0x00 => 8,
            0x20 => 33,
            _ => 48,
        };
        self.take(length).map(drop)
    }

    fn skip_issue(&mut self) -> Result<(), Malformed> {
        if self.array()? != &[0; 20] && self.array()? == &NO_ACCOUNT {
            self.take(4)?;
        }
        Ok(())
    }

    fn skip_paths(&mut self) -> Result<(), Malformed> {
        loop {
            let at = self.at();
            match self.byte()? {
                PATH_SET_END => return Ok(()),
                PATH_END => {}
                kind => self
                    .take(path_step_bytes(kind).ok_or(Malformed::Value { what: "path step", at })?)
                    .map(drop)?,
            }
        }
    }

    /// Skips the inside of an object with its end marker and returns it without the marker; iterative, so that no
    /// nesting is too deep for it.
    pub(crate) fn skip_object(&mut self) -> Result<&'a [u8], Malformed> {
        self.skip_container(false)
    }

    /// The same for an array.
    pub(crate) fn skip_array(&mut self) -> Result<&'a [u8], Malformed> {
        self.skip_container(true)
    }

    fn skip_container(&mut self, is_array: bool) -> Result<&'a [u8], Malformed> {
        let start = self.rest;
        let mut arrays = u64::from(is_array);
        let mut depth = 1;
        loop {
            let at = self.at();
            let inside = start.len() - self.rest.len();
            let code = self.header()?;
            match (code, SerializedType::of(code.type_code)) {
                (FieldCode::OBJECT_END | FieldCode::ARRAY_END, _) => {
                    if (arrays & 1 == 1) != (code == FieldCode::ARRAY_END) {
                        return Err(Malformed::Misplaced { at });
                    }
                    arrays >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        return Ok(&start[..inside]);
                    }
                }
                (_, Some(kind @ (SerializedType::Object | SerializedType::Array))) => {
                    depth += 1;
                    if depth > u64::BITS {
                        return Err(Malformed::TooDeep { at });
                    }
                    arrays = arrays << 1 | u64::from(kind == SerializedType::Array);
                }
                (_, Some(kind)) => self.raw_value(kind).map(drop)?,
                (_, None) => return Err(Malformed::UnknownType { at }),
            }
        }
    }
}

/// The account of an issue that is a multi-purpose token.
pub(crate) const NO_ACCOUNT: [u8; 20] =
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// Ends a path, more follow.
pub(crate) const PATH_END: u8 = 0xFF;
/// Ends the last path.
pub(crate) const PATH_SET_END: u8 = 0x00;
/// A path step has an account.
pub(crate) const STEP_ACCOUNT: u8 = 0x01;
/// A path step has a currency.
pub(crate) const STEP_CURRENCY: u8 = 0x10;
/// A path step has an issuer.
pub(crate) const STEP_ISSUER: u8 = 0x20;
/// A path step has a multi-purpose token.
pub(crate) const STEP_MPT: u8 = 0x40;

/// The number of bytes after the type of a path step; `None` if there is no such type.
pub(crate) fn path_step_bytes(kind: u8) -> Option<usize> {
    if kind & !(STEP_ACCOUNT | STEP_CURRENCY | STEP_ISSUER | STEP_MPT) != 0 || kind == 0 {
        return None;
    }
    let twenties = (kind & (STEP_ACCOUNT | STEP_CURRENCY | STEP_ISSUER)).count_ones() as usize;
    Some(20 * twenties + if kind & STEP_MPT != 0 { 24 } else { 0 })
}
