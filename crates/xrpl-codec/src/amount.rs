//! Amounts: XRP in drops, issued currencies, multi-purpose tokens.

use crate::serial_reader::SerialReader;
use crate::text::write_signed;
use crate::{AccountId, Asset, Currency, Decimal, Malformed, MptId};

/// An amount of XRP, of an issued currency or of a multi-purpose token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Amount {
    /// Drops of XRP; negative in some old metadata.
    Xrp(i64),
    /// An issued currency.
    Issued {
        /// How much.
        value: Decimal,
        /// Of what.
        currency: Currency,
        /// By whom.
        issuer: AccountId,
    },
    /// A multi-purpose token.
    Mpt {
        /// The number of units.
        value: i64,
        /// Of which issuance.
        id: MptId,
    },
}

const NOT_XRP: u64 = 1 << 63;
const POSITIVE: u64 = 1 << 62;
const MPT: u64 = 1 << 61;

impl Amount {
    /// Reads the binary form.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = SerialReader::new(bytes);
        let amount = Self::read(&mut reader)?;
        if reader.is_at_end() {
            Ok(amount)
        } else {
            Err(Malformed::Value { what: "amount", at: reader.at() })
        }
    }

    #[inline]
    pub(crate) fn read(reader: &mut SerialReader<'_>) -> Result<Self, Malformed> {
        let invalid = Malformed::Value { what: "amount", at: reader.at() };
        let bits = u64::from_be_bytes(*reader.array()?);
        let signed = |value: u64| {
            if bits & POSITIVE == 0 { -value.cast_signed() } else { value.cast_signed() }
        };
        if bits & NOT_XRP != 0 {
            let currency = Currency(*reader.array()?);
            let issuer = AccountId(*reader.array()?);
            let value = Decimal::from_bits(bits)
                .filter(|_| !currency.is_xrp() && issuer != AccountId::NOBODY);
            return Ok(Self::Issued { value: value.ok_or(invalid)?, currency, issuer });
        }
        if bits & MPT == 0 {
            let value = bits & (MPT - 1);
            // Minus zero is no amount.
            return if bits == 0 { Err(invalid) } else { Ok(Self::Xrp(signed(value))) };
        }
        let value = bits << 8 | u64::from(reader.byte()?);
        let id = MptId(*reader.array()?);
        if value > i64::MAX.unsigned_abs() || bits & !(MPT | POSITIVE) != bits & ((1 << 56) - 1) {
            return Err(invalid);
        }
        if value == 0 && bits & POSITIVE == 0 {
            Err(invalid)
        } else {
            Ok(Self::Mpt { value: signed(value), id })
        }
    }

    /// Appends the binary form. `None` if there is none: drops of 2^61 and more.
    pub(crate) fn write_binary(&self, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Xrp(drops) => {
                let value = Some(drops.unsigned_abs()).filter(|value| *value < MPT)?;
                let sign = if *drops < 0 { 0 } else { POSITIVE };
                out.extend_from_slice(&(sign | value).to_be_bytes());
            }
            Self::Issued { value, currency, issuer } => {
                out.extend_from_slice(&value.to_bits().to_be_bytes());
                out.extend_from_slice(&currency.0);
                out.extend_from_slice(&issuer.0);
            }
            Self::Mpt { value, id } => {
                out.push(if *value < 0 { 0x20 } else { 0x60 });
                out.extend_from_slice(&value.unsigned_abs().to_be_bytes());
                out.extend_from_slice(&id.0);
            }
        }
        Some(())
    }

    /// What the amount is of.
    pub fn asset(&self) -> Asset {
        match *self {
            Self::Xrp(_) => Asset::Xrp,
            Self::Issued { currency, issuer, .. } => Asset::Issued { currency, issuer },
            Self::Mpt { id, .. } => Asset::Mpt(id),
        }
    }

    /// Appends the number alone as rippled writes it: drops, units, or the decimal text.
    pub fn write_value(&self, out: &mut Vec<u8>) {
        match self {
            Self::Xrp(value) | Self::Mpt { value, .. } => write_signed(*value, out),
            Self::Issued { value, .. } => value.write(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(amount: Amount) -> Amount {
        let mut bytes = Vec::new();
        amount.write_binary(&mut bytes).unwrap();
        Amount::parse(&bytes).unwrap()
    }

    #[test]
    fn every_kind_and_sign_comes_back() {
        let issued = |value: &str| Amount::Issued {
            value: value.parse().unwrap(),
            currency: "USD".parse().unwrap(),
            issuer: AccountId([7; 20]),
        };
        let mpt = |value| Amount::Mpt { value, id: MptId([9; 24]) };
        for amount in [
            Amount::Xrp(0),
            Amount::Xrp(-5),
            Amount::Xrp(100_000_000_000_000_000),
            issued("0"),
            issued("-1.5"),
            mpt(0),
            mpt(-1),
            mpt(i64::MAX),
        ] {
            assert_eq!(back(amount), amount);
        }
    }

    #[test]
    fn what_a_server_refuses_is_malformed() {
        let issued = |bits: u64, currency: [u8; 20], issuer: [u8; 20]| {
            Amount::parse(&[&bits.to_be_bytes()[..], &currency, &issuer].concat())
        };
        let one = 0xD483_8D7E_A4C6_8000;
        assert!(issued(one, [1; 20], [1; 20]).is_ok());
        assert!(issued(one, [0; 20], [1; 20]).is_err());
        assert!(issued(one, [1; 20], [0; 20]).is_err());
        assert!(issued(NOT_XRP | 1, [1; 20], [1; 20]).is_err());
        assert!(Amount::parse(&[0; 8]).is_err());
        let mpt = |sign: u8, value: u64| {
            Amount::parse(&[&[sign][..], &value.to_be_bytes(), &[1; 24]].concat())
        };
        assert!(mpt(0x60, i64::MAX.unsigned_abs()).is_ok());
        assert!(mpt(0x60, 1 << 63).is_err());
        assert!(mpt(0x20, 0).is_err());
        assert!(mpt(0x70, 1).is_err());
    }
}
