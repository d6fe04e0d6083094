//! A chain of ledgers with offers of choice, in a file that a simulated server reads.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use ekspiper_tests::Chain;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use xrpl_codec::{
    AccountId, Definitions, Hash256, Ledger, LedgerHeader, LedgerTransaction, encode, sha512_half,
    transaction_id, transaction_tree_root,
};
use xrpl_sim::{
    Archive, ChainOptions, Change, Conditions, Options, Planned, Recording, Schedule, Simulator,
    StateChanges,
};

/// Who makes the offers, and issues what they sell but for XRP.
pub(crate) const TRADER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";
/// What the trader holds beyond the reserve, in drops: enough for some offers and not for all.
const TRADER_DROPS: u64 = 1_000;
const CLOSE_INTERVAL_S: u32 = 4;

/// The chain. Its first ledger is empty, the next ones are as they were asked for.
pub(crate) struct Market {
    pub(crate) chain: Chain,
    path: PathBuf,
    _folder: TempDir,
}

impl Market {
    /// A chain whose ledgers from the second on have each one transaction with these nodes in its metadata, or none.
    pub(crate) fn of(nodes: impl IntoIterator<Item = Vec<Value>>) -> Self {
        let mut ledgers: Vec<Arc<Ledger>> = Vec::new();
        for nodes in std::iter::once(Vec::new()).chain(nodes) {
            let ledger = close(ledgers.last().map(Arc::as_ref), nodes);
            ledgers.push(Arc::new(ledger));
        }
        let changes = vec![(account_key(), Change::Entry(account()))];
        let states = vec![StateChanges { ledger_index: 1, changes }];
        let archive = Archive { ledgers, states, definitions: "{}".to_owned() };
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("market.archive");
        std::fs::write(&path, archive.pack()).unwrap();
        Self { chain: Chain::of(archive.ledgers), path, _folder: folder }
    }

    /// A server that holds the chain, with these faults from the start.
    pub(crate) fn serve(&self, runtime: &Runtime, faults: Vec<Planned>) -> Simulator {
        let recording = Recording::File(self.path.clone());
        let options = Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            chain: ChainOptions::Recorded { recording, play_from: None },
            interval: None,
        };
        let faults = Schedule { planned: faults, seed: None };
        let conditions = Conditions { faults, ..Conditions::default() };
        runtime.block_on(Simulator::start_under(options, conditions)).unwrap()
    }
}

fn close(parent: Option<&Ledger>, nodes: Vec<Value>) -> Ledger {
    let index = parent.map_or(1, |parent| parent.header.index + 1);
    let transactions = if nodes.is_empty() { Vec::new() } else { vec![trade(index, nodes)] };
    let blobs = transactions.iter().map(|it| (it.tx_blob.as_slice(), it.meta_blob.as_slice()));
    let header = LedgerHeader {
        index,
        total_coins: 100_000_000_000_000_000,
        parent_hash: parent.map(|parent| parent.hash).unwrap_or_default(),
        transaction_hash: transaction_tree_root(blobs),
        account_hash: Hash256::ZERO,
        parent_close_time: (index - 1) * CLOSE_INTERVAL_S,
        close_time: index * CLOSE_INTERVAL_S,
        close_time_resolution: 10,
        close_flags: 0,
    };
    Ledger { hash: header.hash(), header, transactions }
}

fn trade(index: u32, nodes: Vec<Value>) -> LedgerTransaction {
    let transaction = json!({
        "TransactionType": "OfferCreate", "Account": TRADER, "Fee": "10", "Sequence": index,
        "SigningPubKey": "", "TakerGets": "1", "TakerPays": issued("USD", "1"),
    });
    let metadata = json!({
        "TransactionIndex": 0, "TransactionResult": "tesSUCCESS", "AffectedNodes": nodes,
    });
    let tx_blob = encode(Definitions::builtin(), &transaction).unwrap();
    let meta_blob = encode(Definitions::builtin(), &metadata).unwrap();
    LedgerTransaction { hash: transaction_id(&tx_blob), tx_blob, meta_blob }
}

fn account_key() -> Hash256 {
    let trader: AccountId = TRADER.parse().unwrap();
    sha512_half(&[b"\0a", &trader.0])
}

fn account() -> Vec<u8> {
    let account = json!({
        "LedgerEntryType": "AccountRoot", "Account": TRADER, "Balance": TRADER_DROPS.to_string(),
        "Flags": 0, "OwnerCount": 0, "Sequence": 1, "PreviousTxnID": "0".repeat(64),
        "PreviousTxnLgrSeq": 1,
    });
    encode(Definitions::builtin(), &account).unwrap()
}

/// An amount that the trader issues.
pub(crate) fn issued(currency: &str, value: &str) -> Value {
    json!({"currency": currency, "issuer": TRADER, "value": value})
}

/// An offer: a number that tells it from others, and what a taker gets and pays.
#[derive(Clone)]
pub(crate) struct Offer {
    number: u32,
    fields: Value,
}

impl Offer {
    pub(crate) fn new(number: u32, gets: Value, pays: Value) -> Self {
        // A quality of one; the numbers keep offers of one book in their order.
        let directory = format!("{:032X}{number:016X}55038D7EA4C68000", 0);
        let fields = json!({
            "Account": TRADER, "Sequence": number, "TakerGets": gets, "TakerPays": pays,
            "BookDirectory": directory,
        });
        Self { number, fields }
    }

    /// The same in the book of a domain.
    pub(crate) fn in_domain(mut self, domain: &str) -> Self {
        self.fields["DomainID"] = domain.into();
        self
    }

    /// The same in the open book as well.
    pub(crate) fn hybrid(mut self) -> Self {
        let directory = self.fields["BookDirectory"].clone();
        self.fields["Flags"] = 0x0004_0000.into();
        self.fields["AdditionalBooks"] =
            json!([{"Book": {"BookDirectory": directory, "BookNode": "0"}}]);
        self
    }

    /// The node of its creation.
    pub(crate) fn created(&self) -> Value {
        self.node("CreatedNode", "NewFields")
    }

    /// The node of a change.
    pub(crate) fn modified(&self) -> Value {
        self.node("ModifiedNode", "FinalFields")
    }

    /// The node of its end.
    pub(crate) fn deleted(&self) -> Value {
        self.node("DeletedNode", "FinalFields")
    }

    fn node(&self, action: &str, member: &str) -> Value {
        let index = format!("{:064X}", self.number);
        json!({action: {"LedgerEntryType": "Offer", "LedgerIndex": index, member: self.fields}})
    }
}
