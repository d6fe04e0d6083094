//! False bytes under a true name.

use xrpl_codec::{
    FieldCode, Fields, Ledger, LedgerHeader, LedgerTransaction, transaction_id,
    transaction_tree_root,
};

/// A type that no definitions name.
const UNKNOWN_TYPE: u16 = 60_000;
const TRANSACTION_TYPE: FieldCode = FieldCode { type_code: 1, nth: 2 };
const SEQUENCE: FieldCode = FieldCode { type_code: 2, nth: 4 };

/// A header with another state.
pub(super) fn falsify_header(header: &mut LedgerHeader) {
    header.account_hash.0[0] ^= 1;
}

/// Changes a number in the last transaction; `false` if there is none.
pub(super) fn falsify_transaction(ledger: &mut Ledger) -> bool {
    let last = ledger.transactions.last_mut();
    last.is_some_and(|last| change(&mut last.tx_blob, SEQUENCE, |bytes| bytes[3] ^= 1))
}

/// Leaves out the last transaction; `false` if there is none.
pub(super) fn leave_out(ledger: &mut Ledger) -> bool {
    ledger.transactions.pop().is_some()
}

/// Gives the first transaction a type that no definitions name, and all that hangs on it its true hashes.
pub(super) fn put_unknown_type(ledger: &mut Ledger) {
    if let Some(LedgerTransaction { hash, tx_blob, .. }) = ledger.transactions.first_mut() {
        change(tx_blob, TRANSACTION_TYPE, |bytes| {
            bytes.copy_from_slice(&UNKNOWN_TYPE.to_be_bytes());
        });
        *hash = transaction_id(tx_blob);
    }
    let blobs = ledger.transactions.iter();
    let blobs = blobs.map(|it| (it.tx_blob.as_slice(), it.meta_blob.as_slice()));
    ledger.header.transaction_hash = transaction_tree_root(blobs);
    ledger.hash = ledger.header.hash();
}

/// Changes the value of a field of the outermost object; `false` if it is not there.
fn change(blob: &mut [u8], code: FieldCode, change: impl FnOnce(&mut [u8])) -> bool {
    let begin = blob.as_ptr().addr();
    let found = Fields::new(blob).map_while(Result::ok).find(|field| field.code == code);
    let Some(range) = found.map(|field| {
        let at = field.bytes.as_ptr().addr() - begin;
        at..at + field.bytes.len()
    }) else {
        return false;
    };
    change(&mut blob[range]);
    true
}
