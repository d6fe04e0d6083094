//! What an amount is of.

use std::fmt;
use std::str::FromStr;

use crate::serial_reader::{NO_ACCOUNT, SerialReader};
use crate::{AccountId, Currency, HashError, Malformed};

/// XRP, an issued currency, or a multi-purpose token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Asset {
    /// XRP.
    Xrp,
    /// A currency of an issuer.
    Issued {
        /// The currency.
        currency: Currency,
        /// The issuer.
        issuer: AccountId,
    },
    /// A multi-purpose token.
    Mpt(MptId),
}

impl Asset {
    /// Reads what the protocol calls an issue. The sequence of a token's id is little-endian there.
    pub(crate) fn read_issue(reader: &mut SerialReader<'_>) -> Result<Self, Malformed> {
        let at = reader.at();
        let first = *reader.array()?;
        if first == Currency::XRP.0 {
            return Ok(Self::Xrp);
        }
        let issuer = *reader.array()?;
        if issuer == NO_ACCOUNT {
            let sequence = u32::from_le_bytes(*reader.array()?);
            return Ok(Self::Mpt(MptId::new(sequence, AccountId(first))));
        }
        if issuer == AccountId::NOBODY.0 {
            return Err(Malformed::Value { what: "issue", at });
        }
        Ok(Self::Issued { currency: Currency(first), issuer: AccountId(issuer) })
    }

    /// Appends the binary form of an issue.
    pub(crate) fn write_issue(&self, out: &mut Vec<u8>) {
        match self {
            Self::Xrp => out.extend_from_slice(&Currency::XRP.0),
            Self::Issued { currency, issuer } => {
                out.extend_from_slice(&currency.0);
                out.extend_from_slice(&issuer.0);
            }
            Self::Mpt(id) => {
                out.extend_from_slice(&id.issuer().0);
                out.extend_from_slice(&NO_ACCOUNT);
                out.extend_from_slice(&id.sequence().to_le_bytes());
            }
        }
    }
}

/// The 192-bit id of a multi-purpose token's issuance: sequence and issuer; text is 48 upper-case hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MptId(pub [u8; 24]);

impl MptId {
    /// The id of the issuance that an account made at that sequence number.
    pub fn new(sequence: u32, issuer: AccountId) -> Self {
        let mut id = [0; 24];
        id[..4].copy_from_slice(&sequence.to_be_bytes());
        id[4..].copy_from_slice(&issuer.0);
        Self(id)
    }

    /// The issuer's sequence number at which the issuance was made.
    pub fn sequence(&self) -> u32 {
        u32::from_be_bytes(*self.0.first_chunk().expect("24 bytes hold the sequence"))
    }

    /// The issuer.
    pub fn issuer(&self) -> AccountId {
        AccountId(*self.0.last_chunk().expect("24 bytes hold the issuer"))
    }
}

impl fmt::Display for MptId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 48];
        formatter.pad(
            faster_hex::hex_encode_upper(&self.0, &mut text)
                .expect("the buffer holds two digits a byte"),
        )
    }
}

impl fmt::Debug for MptId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for MptId {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let mut id = [0; 24];
        if text.len() != 2 * id.len() {
            return Err(HashError { digits: 2 * id.len() });
        }
        faster_hex::hex_decode(text.as_bytes(), &mut id)
            .map_err(|_| HashError { digits: 2 * id.len() })?;
        Ok(Self(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_come_back() {
        let issued = Asset::Issued { currency: "USD".parse().unwrap(), issuer: AccountId([3; 20]) };
        for asset in [Asset::Xrp, issued, Asset::Mpt(MptId::new(258, AccountId([5; 20])))] {
            let mut bytes = Vec::new();
            asset.write_issue(&mut bytes);
            let mut reader = SerialReader::new(&bytes);
            assert_eq!((Asset::read_issue(&mut reader), reader.is_at_end()), (Ok(asset), true));
        }
    }

    #[test]
    fn id_of_a_token_is_sequence_and_issuer() {
        let id: MptId = "00002403C84A0A28E0190E208E982C352BBD5006600555CF".parse().unwrap();
        assert_eq!((id.sequence(), id), (0x2403, MptId::new(0x2403, id.issuer())));
        assert!("10".parse::<MptId>().is_err());
    }
}
