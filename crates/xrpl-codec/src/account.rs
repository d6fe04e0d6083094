//! Accounts and their addresses.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base58::{Base58Error, read_check, write_check};

/// The 160-bit id of an account; text is its classic address (`r…`, base58check).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub [u8; 20]);

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A character outside the alphabet, or too many characters.
    #[error("address is not base58")]
    Base58,
    /// The last four bytes don't match.
    #[error("address has a wrong checksum")]
    Checksum,
    /// Another type of base58 text, such as a seed.
    #[error("address is of another type")]
    OtherType,
}

/// The prefix of the account in a classic address.
const CLASSIC_PREFIX: u8 = 0;
/// Characters of the longest classic address.
const ADDRESS_CHARACTERS_MAX: usize = 35;
/// Addresses that a thread remembers, since accounts recur within a ledger; a power of two.
const REMEMBERED_ADDRESSES: usize = 512;

#[derive(Clone, Copy)]
struct Remembered {
    account: AccountId,
    length: u8,
    text: [u8; ADDRESS_CHARACTERS_MAX],
}

thread_local! {
    static REMEMBERED: RefCell<Vec<Remembered>> = const { RefCell::new(Vec::new()) };
}

impl AccountId {
    /// The account zero: of pseudo-transactions and of what a trust line's balance names as issuer.
    pub const NOBODY: Self = Self([0; 20]);

    /// Appends the classic address.
    pub fn write_address(&self, out: &mut Vec<u8>) {
        REMEMBERED.with_borrow_mut(|remembered| {
            let nothing =
                Remembered { account: *self, length: 0, text: [0; ADDRESS_CHARACTERS_MAX] };
            if remembered.is_empty() {
                remembered.resize(REMEMBERED_ADDRESSES, nothing);
            }
            let slot =
                usize::from(u16::from_le_bytes([self.0[18], self.0[19]])) % REMEMBERED_ADDRESSES;
            let slot = &mut remembered[slot];
            if slot.account != *self || slot.length == 0 {
                let mut text = Vec::with_capacity(ADDRESS_CHARACTERS_MAX);
                let mut payload = [CLASSIC_PREFIX; 21];
                payload[1..].copy_from_slice(&self.0);
                write_check(&payload, &mut text);
                *slot = nothing;
                slot.text[..text.len()].copy_from_slice(&text);
                slot.length =
                    u8::try_from(text.len()).expect("an address has at most 35 characters");
            }
            out.extend_from_slice(&slot.text[..usize::from(slot.length)]);
        });
    }

    /// Reads an X-address: the account and its tag, if any. Both networks' prefixes are read.
    pub fn from_x_address(text: &str) -> Result<(Self, Option<u32>), AddressError> {
        let payload: [u8; 31] = read_check(text)?.ok_or(AddressError::OtherType)?;
        let (prefix, rest) = payload.split_first_chunk().expect("31 bytes hold the prefix");
        let (account, rest) = rest.split_first_chunk().expect("31 bytes hold the account");
        let (has_tag, rest) = rest.split_first_chunk::<1>().expect("31 bytes hold the flag");
        let (tag, reserved) = rest.split_first_chunk().expect("31 bytes hold the tag");
        let tag = u32::from_le_bytes(*tag);
        match (prefix, has_tag, tag, reserved) {
            ([0x05, 0x44] | [0x04, 0x93], [0], 0, [0, 0, 0, 0]) => Ok((Self(*account), None)),
            ([0x05, 0x44] | [0x04, 0x93], [1], tag, [0, 0, 0, 0]) => {
                Ok((Self(*account), Some(tag)))
            }
            _ => Err(AddressError::OtherType),
        }
    }
}

impl From<Base58Error> for AddressError {
    fn from(error: Base58Error) -> Self {
        match error {
            Base58Error::Alphabet => Self::Base58,
            Base58Error::Checksum => Self::Checksum,
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(ADDRESS_CHARACTERS_MAX);
        self.write_address(&mut text);
        formatter.pad(str::from_utf8(&text).expect("base58 is ASCII"))
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for AccountId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let payload: [u8; 21] = read_check(text)?.ok_or(AddressError::OtherType)?;
        match payload.split_first_chunk() {
            Some(([CLASSIC_PREFIX], account)) => {
                Ok(Self(account.try_into().expect("20 of 21 bytes are left")))
            }
            _ => Err(AddressError::OtherType),
        }
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_as_published() {
        assert_eq!(AccountId::NOBODY.to_string(), "rrrrrrrrrrrrrrrrrrrrrhoLvTp");
        let mut one = AccountId::NOBODY;
        one.0[19] = 1;
        assert_eq!(one.to_string(), "rrrrrrrrrrrrrrrrrrrrBZbvji");
        for address in ["rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "r3kmLJN5D28dHuH8vZNUZpMC43pEHpaocV"]
        {
            let account: AccountId = address.parse().unwrap();
            assert_eq!(
                (account.to_string(), account.to_string()),
                (address.to_owned(), address.to_owned())
            );
        }
    }

    #[test]
    fn accounts_that_share_a_slot_keep_their_own_addresses() {
        let account = |first: u8| AccountId([first; 20]).0;
        let accounts = [1, 2, 1, 3, 2].map(|first| {
            let mut bytes = account(first);
            bytes[18..].fill(9);
            AccountId(bytes)
        });
        for account in accounts {
            assert_eq!(account.to_string().parse(), Ok(account));
        }
    }

    #[test]
    fn x_address_holds_account_and_tag() {
        let read =
            AccountId::from_x_address("X7tFPvjMH7nDxP8nTGkeeggcUpCZj8UbyT2QoiRHGDfjqrB").unwrap();
        assert_eq!(
            (read.0.to_string().as_str(), read.1),
            ("r3kmLJN5D28dHuH8vZNUZpMC43pEHpaocV", Some(84854))
        );
        let classic = AccountId::from_x_address("r3kmLJN5D28dHuH8vZNUZpMC43pEHpaocV");
        assert_eq!(classic, Err(AddressError::OtherType));
    }

    #[test]
    fn a_seed_is_no_address() {
        assert_eq!(
            "snoPBrXtMeMyMHUVTgbuqAfg1SUTb".parse::<AccountId>(),
            Err(AddressError::OtherType)
        );
    }
}
