//! ekspiper flow ledger-source.
