//! ekspiper flow ledger-record.
