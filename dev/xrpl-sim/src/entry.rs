//! A ledger entry that books and funds are computed from.

use std::collections::BTreeMap;

use xrpl_codec::{AccountId, AffectedNode, Amount, FieldCode, Fields, Hash256, Malformed};

use crate::field_bytes::push_field;

/// The fields of a ledger entry, each in the binary form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry(BTreeMap<FieldCode, Vec<u8>>);

/// The types of entry that are followed through metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryType {
    AccountRoot = 97,
    Offer = 111,
    RippleState = 114,
    FeeSettings = 115,
}

impl EntryType {
    pub(crate) fn from_code(code: u16) -> Option<Self> {
        [Self::AccountRoot, Self::Offer, Self::RippleState, Self::FeeSettings]
            .into_iter()
            .find(|it| *it as u16 == code)
    }

    /// Fields that every such entry has, and that metadata leaves out of a new one if they are zero.
    fn defaults(self) -> &'static [FieldCode] {
        match self {
            Self::AccountRoot => &[FLAGS, OWNER_COUNT],
            Self::Offer => &[FLAGS, BOOK_NODE, OWNER_NODE],
            Self::RippleState => &[FLAGS, LOW_NODE, HIGH_NODE],
            Self::FeeSettings => &[FLAGS],
        }
    }
}

const fn field(type_code: i16, nth: i16) -> FieldCode {
    FieldCode { type_code, nth }
}

pub(crate) const LEDGER_ENTRY_TYPE: FieldCode = field(1, 1);
pub(crate) const FLAGS: FieldCode = field(2, 2);
pub(crate) const PREVIOUS_TXN_LGR_SEQ: FieldCode = field(2, 5);
pub(crate) const TRANSFER_RATE: FieldCode = field(2, 11);
pub(crate) const OWNER_COUNT: FieldCode = field(2, 13);
pub(crate) const RESERVE_BASE: FieldCode = field(2, 31);
pub(crate) const RESERVE_INCREMENT: FieldCode = field(2, 32);
pub(crate) const BOOK_NODE: FieldCode = field(3, 3);
pub(crate) const OWNER_NODE: FieldCode = field(3, 4);
pub(crate) const BASE_FEE: FieldCode = field(3, 5);
pub(crate) const LOW_NODE: FieldCode = field(3, 7);
pub(crate) const HIGH_NODE: FieldCode = field(3, 8);
pub(crate) const DOMAIN_ID: FieldCode = FieldCode::DOMAIN_ID;
pub(crate) const ADDITIONAL_BOOKS: FieldCode = FieldCode::ADDITIONAL_BOOKS;
pub(crate) const PREVIOUS_TXN_ID: FieldCode = field(5, 5);
pub(crate) const BOOK_DIRECTORY: FieldCode = field(5, 16);
pub(crate) const AMM_ID: FieldCode = field(5, 14);
pub(crate) const BALANCE: FieldCode = field(6, 2);
pub(crate) const TAKER_PAYS: FieldCode = field(6, 4);
pub(crate) const TAKER_GETS: FieldCode = field(6, 5);
pub(crate) const BASE_FEE_DROPS: FieldCode = field(6, 22);
pub(crate) const RESERVE_BASE_DROPS: FieldCode = field(6, 23);
pub(crate) const RESERVE_INCREMENT_DROPS: FieldCode = field(6, 24);
pub(crate) const ACCOUNT: FieldCode = field(8, 1);

/// The transaction that touched an entry last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread {
    pub(crate) transaction: Hash256,
    pub(crate) ledger_index: u32,
}

impl Entry {
    /// Reads an entry of a recorded state.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new(data).map(|field| field.map(|it| (it.code, it.bytes.to_vec())));
        fields.collect::<Result<_, _>>().map(Self)
    }

    /// The entry that a `CreatedNode` makes.
    pub(crate) fn created(
        kind: EntryType,
        node: &AffectedNode<'_>,
        thread: Thread,
    ) -> Result<Self, Malformed> {
        let mut entry = Self::parse(node.new_fields.unwrap_or_default())?;
        for code in kind.defaults() {
            let zero = if code.type_code == 2 { vec![0; 4] } else { vec![0; 8] };
            entry.0.entry(*code).or_insert(zero);
        }
        entry.0.insert(LEDGER_ENTRY_TYPE, (kind as u16).to_be_bytes().to_vec());
        entry.thread(thread);
        Ok(entry)
    }

    /// The entry that a `ModifiedNode` makes of this one.
    pub(crate) fn modified(
        &self,
        node: &AffectedNode<'_>,
        thread: Thread,
    ) -> Result<Self, Malformed> {
        let mut entry = self.clone();
        if let Some(bytes) = node.final_fields {
            let last = Self::parse(bytes)?;
            for field in Fields::new(node.previous_fields.unwrap_or_default()) {
                let code = field?.code;
                if !last.0.contains_key(&code) {
                    entry.0.remove(&code);
                }
            }
            entry.0.extend(last.0);
        }
        entry.thread(thread);
        Ok(entry)
    }

    fn thread(&mut self, Thread { transaction, ledger_index }: Thread) {
        self.0.insert(PREVIOUS_TXN_ID, transaction.0.to_vec());
        self.0.insert(PREVIOUS_TXN_LGR_SEQ, ledger_index.to_be_bytes().to_vec());
    }

    /// The binary form.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.iter().for_each(|(code, value)| push_field(&mut bytes, *code, value));
        bytes
    }

    pub(crate) fn has(&self, code: FieldCode) -> bool {
        self.0.contains_key(&code)
    }

    fn fixed<const N: usize>(&self, code: FieldCode) -> Option<[u8; N]> {
        self.0.get(&code)?.as_slice().try_into().ok()
    }

    pub(crate) fn number16(&self, code: FieldCode) -> Option<u16> {
        self.fixed(code).map(u16::from_be_bytes)
    }

    pub(crate) fn number32(&self, code: FieldCode) -> Option<u32> {
        self.fixed(code).map(u32::from_be_bytes)
    }

    pub(crate) fn number64(&self, code: FieldCode) -> Option<u64> {
        self.fixed(code).map(u64::from_be_bytes)
    }

    pub(crate) fn hash(&self, code: FieldCode) -> Option<Hash256> {
        self.fixed(code).map(Hash256)
    }

    /// The objects in an array, which has one field for each.
    pub(crate) fn elements(&self, code: FieldCode) -> Vec<Self> {
        let elements = Fields::new(self.0.get(&code).map_or(&[][..], Vec::as_slice));
        elements.filter_map(|element| Self::parse(element.ok()?.bytes).ok()).collect()
    }

    pub(crate) fn account(&self, code: FieldCode) -> Option<AccountId> {
        self.fixed(code).map(AccountId)
    }

    pub(crate) fn amount(&self, code: FieldCode) -> Option<Amount> {
        Amount::parse(self.0.get(&code)?).ok()
    }
}
