//! The paths of a payment.

use crate::serial_reader::{
    PATH_END, PATH_SET_END, STEP_ACCOUNT, STEP_CURRENCY, STEP_ISSUER, STEP_MPT, SerialReader,
    path_step_bytes,
};
use crate::{AccountId, Currency, Malformed, MptId};

/// The paths of a payment; checked, so that iterating cannot fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathSet<'a> {
    /// Without the byte that ends the set.
    bytes: &'a [u8],
}

/// One path: the steps a payment may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<'a> {
    bytes: &'a [u8],
}

/// One step of a path; what is absent stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathStep {
    /// Which of the parts are there: bits 0x01 account, 0x10 currency, 0x20 issuer, 0x40 multi-purpose token.
    pub kind: u8,
    /// Rippling through this account.
    pub account: Option<AccountId>,
    /// Changing to this currency.
    pub currency: Option<Currency>,
    /// Changing to this multi-purpose token.
    pub mpt: Option<MptId>,
    /// Changing to this issuer.
    pub issuer: Option<AccountId>,
}

impl<'a> PathSet<'a> {
    /// Reads and checks all paths: none is empty, no step is of an unknown kind.
    pub(crate) fn read(reader: &mut SerialReader<'a>) -> Result<Self, Malformed> {
        let start = reader.rest();
        let mut is_empty = true;
        loop {
            let at = reader.at();
            let inside = start.len() - reader.rest().len();
            match reader.byte()? {
                PATH_END | PATH_SET_END if is_empty => {
                    return Err(Malformed::Value { what: "path", at });
                }
                PATH_SET_END => return Ok(Self { bytes: &start[..inside] }),
                PATH_END => is_empty = true,
                kind => {
                    reader.take(
                        path_step_bytes(kind).ok_or(Malformed::Value { what: "path step", at })?,
                    )?;
                    is_empty = false;
                }
            }
        }
    }

    /// The paths, one after the other.
    pub fn paths(&self) -> impl Iterator<Item = Path<'a>> + use<'a> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let mut length = 0;
            while let Some(kind) = rest.get(length).filter(|kind| **kind != PATH_END) {
                length += 1 + path_step_bytes(*kind).expect("the steps were checked");
            }
            let path = Path { bytes: &rest[..length] };
            rest = rest.get(length + 1..).unwrap_or_default();
            Some(path)
        })
    }
}

impl<'a> Path<'a> {
    /// The steps, one after the other.
    pub fn steps(&self) -> impl Iterator<Item = PathStep> + use<'a> {
        let mut reader = SerialReader::new(self.bytes);
        std::iter::from_fn(move || PathStep::read(&mut reader))
    }
}

impl PathStep {
    fn read(reader: &mut SerialReader<'_>) -> Option<Self> {
        let kind = reader.byte().ok()?;
        let account =
            if kind & STEP_ACCOUNT != 0 { Some(AccountId(*reader.array().ok()?)) } else { None };
        let currency =
            if kind & STEP_CURRENCY != 0 { Some(Currency(*reader.array().ok()?)) } else { None };
        let mpt = if kind & STEP_MPT != 0 { Some(MptId(*reader.array().ok()?)) } else { None };
        let issuer =
            if kind & STEP_ISSUER != 0 { Some(AccountId(*reader.array().ok()?)) } else { None };
        Some(Self { kind, account, currency, mpt, issuer })
    }

    /// Appends the binary form.
    pub(crate) fn write_binary(&self, out: &mut Vec<u8>) {
        out.push(self.kind);
        out.extend(self.account.iter().flat_map(|account| account.0));
        out.extend(self.currency.iter().flat_map(|currency| currency.0));
        out.extend(self.mpt.iter().flat_map(|mpt| mpt.0));
        out.extend(self.issuer.iter().flat_map(|issuer| issuer.0));
    }

    /// The kind that follows from which parts are there.
    pub(crate) fn kind_of_parts(&self) -> u8 {
        let bit = |is_there: bool, bit: u8| if is_there { bit } else { 0 };
        bit(self.account.is_some(), STEP_ACCOUNT)
            | bit(self.currency.is_some(), STEP_CURRENCY)
            | bit(self.mpt.is_some(), STEP_MPT)
            | bit(self.issuer.is_some(), STEP_ISSUER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_separated_and_steps_have_their_parts() {
        let account = PathStep {
            kind: 1,
            account: Some(AccountId([1; 20])),
            currency: None,
            mpt: None,
            issuer: None,
        };
        let book = PathStep {
            kind: 0x30,
            account: None,
            currency: Some(Currency([2; 20])),
            mpt: None,
            issuer: Some(AccountId([3; 20])),
        };
        let token = PathStep {
            kind: 0x40,
            account: None,
            currency: None,
            mpt: Some(MptId([4; 24])),
            issuer: None,
        };
        let mut bytes = Vec::new();
        account.write_binary(&mut bytes);
        book.write_binary(&mut bytes);
        bytes.push(PATH_END);
        token.write_binary(&mut bytes);
        bytes.push(PATH_SET_END);
        let set = PathSet::read(&mut SerialReader::new(&bytes)).unwrap();
        let steps: Vec<Vec<PathStep>> = set.paths().map(|path| path.steps().collect()).collect();
        assert_eq!(steps, [vec![account, book], vec![token]]);
    }

    #[test]
    fn empty_paths_and_unknown_steps_are_malformed() {
        for bytes in [&[0x00][..], &[0xFF, 0x00], &[0x02], &[0x80, 0x00], &[0x01, 0x00]] {
            assert!(PathSet::read(&mut SerialReader::new(bytes)).is_err(), "{bytes:x?}");
        }
    }
}
