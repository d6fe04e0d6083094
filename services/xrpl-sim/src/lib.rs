//! A faithful XRP Ledger server for demos, tests and load.
