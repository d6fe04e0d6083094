//! ekspiper flow ledger-details.
