//! Accounts and their addresses.

use std::fmt;
use std::str::FromStr;

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
    /// Another kind of base58 text, such as a seed.
    #[error("address is of another kind")]
    Kind,
}

impl fmt::Display for AccountId {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for AccountId {
    type Err = AddressError;

    fn from_str(_text: &str) -> Result<Self, AddressError> {
        unimplemented!()
    }
}
