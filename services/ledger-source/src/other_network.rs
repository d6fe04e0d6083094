//! Whether the servers are of another network than the lane.

use std::time::Duration;

use flow::SourceError;
use xrpl::servers::{EndpointStatus, LedgerId, Pool};

/// How often servers are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// No server of the same network is so far behind the pointer: about four days.
const BEHIND_LEDGERS_MAX: u32 = 100_000;

/// Returns once it is clear that the servers are of another network than the lane and its pointer.
pub(crate) async fn found(pool: &Pool, network: &str, latest: Option<LedgerId>) -> SourceError {
    loop {
        if let Some(why) = contradiction(&pool.snapshot(), network, latest) {
            return SourceError::Halt { word: "another network", source: anyhow::Error::msg(why) };
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The number of a network that is known by name.
fn number(network: &str) -> Option<u32> {
    match network {
        "mainnet" => Some(0),
        "testnet" => Some(1),
        "devnet" => Some(2),
        _ => None,
    }
}

fn contradiction(
    servers: &[EndpointStatus],
    network: &str,
    latest: Option<LedgerId>,
) -> Option<String> {
    by_number(servers.iter().map(|server| server.network_id), network)
        .or_else(|| by_tip(servers.iter().map(newest), latest?))
}

/// What every server that tells its network's number says against it.
fn by_number(numbers: impl Iterator<Item = Option<u32>>, network: &str) -> Option<String> {
    let expected = number(network)?;
    let told: Vec<u32> = numbers.flatten().collect();
    let first = told.first().filter(|_| !told.contains(&expected))?;
    Some(format!(
        "the servers are of network {first}, and `{network}` is network {expected}: check `--network` and `--xrpl-url`"
    ))
}

/// What the newest ledgers of all servers say against it.
fn by_tip(newest: impl Iterator<Item = Option<u32>>, latest: LedgerId) -> Option<String> {
    let newest = newest.flatten().max()?;
    if newest.saturating_add(BEHIND_LEDGERS_MAX) >= latest.index {
        return None;
    }
    Some(format!(
        "the pointer is at ledger {latest}, and the newest ledger of any server is {newest}: check `--network` and \
         `--xrpl-url`; if the network itself has begun anew, so must its topics"
    ))
}

fn newest(server: &EndpointStatus) -> Option<u32> {
    let held = server.complete_ledgers.as_ref();
    let held = held.and_then(|held| held.ranges().map(|range| *range.end()).max());
    held.max(server.announced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xrpl::Hash256;

    #[test]
    fn only_what_all_servers_say_is_believed() {
        let found = |numbers: &[Option<u32>], network| by_number(numbers.iter().copied(), network);
        assert!(found(&[Some(1), None, Some(1)], "mainnet").unwrap().contains("of network 1"));
        assert_eq!(found(&[Some(1), Some(0)], "mainnet"), None);
        assert_eq!(found(&[None], "mainnet"), None);
        assert_eq!(found(&[Some(7)], "sidechain"), None);
    }

    #[test]
    fn a_pointer_far_beyond_every_server_is_of_another_network() {
        let pointer = LedgerId { index: 99_000_000, hash: Hash256([7; 32]) };
        let found = |newest: &[Option<u32>]| by_tip(newest.iter().copied(), pointer);
        assert!(found(&[Some(12_000_000), None]).unwrap().contains("of any server is 12000000"));
        assert_eq!(found(&[Some(12_000_000), Some(98_950_000)]), None);
        assert_eq!(found(&[None, None]), None, "nobody has said anything yet");
    }
}
