//! ekspiper flow ledger-transactions.
