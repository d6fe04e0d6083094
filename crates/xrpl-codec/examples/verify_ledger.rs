//! Verifies a server's reply to `ledger` and prints its transactions as JSON:
//!
//! ```sh
//! curl -s https://s1.ripple.com:51234 -d '{"method": "ledger", "params": [{"ledger_index": "validated", "transactions": true,
//!     "expand": true, "binary": true, "api_version": 2}]}' | cargo run -p xrpl-codec --example verify_ledger
//! ```

use anyhow::Context as _;
use serde_json::Value;
use xrpl_codec::json::{ApiVersion, write_transaction_json};
use xrpl_codec::{Definitions, Expected, verify};

fn main() -> anyhow::Result<()> {
    let reply: Value = serde_json::from_reader(std::io::stdin())?;
    let result = reply.get("result").unwrap_or(&reply);
    let ledger = &result["ledger"];
    let index = result["ledger_index"].as_u64().context("a ledger has an index")?;
    let hash = result["ledger_hash"].as_str().context("a ledger has a hash")?.parse()?;
    let mut blobs = Vec::new();
    for transaction in ledger["transactions"].as_array().context("transactions are expanded")? {
        let meta = transaction.get("meta_blob").unwrap_or(&transaction["meta"]);
        blobs.push((bytes(&transaction["tx_blob"])?, bytes(meta)?));
    }
    let expected = Expected { index: index.try_into()?, hash, parent_hash: None };
    // Fails unless header and transactions rebuild the hash.
    let ledger = verify(&bytes(&ledger["ledger_data"])?, blobs, &expected)?;
    let context = ledger.context();
    for it in &ledger.transactions {
        let mut json = Vec::new();
        let (definitions, api) = (Definitions::builtin(), ApiVersion::V2);
        write_transaction_json(
            definitions,
            it.hash,
            &it.tx_blob,
            &it.meta_blob,
            &context,
            api,
            &mut json,
        )?;
        println!("{}", String::from_utf8(json)?);
    }
    Ok(())
}

/// The bytes that hexadecimal digits stand for.
fn bytes(digits: &Value) -> anyhow::Result<Vec<u8>> {
    let digits = digits.as_str().context("a blob is text")?;
    let mut bytes = vec![0; digits.len() / 2];
    faster_hex::hex_decode(digits.as_bytes(), &mut bytes)?;
    Ok(bytes)
}
