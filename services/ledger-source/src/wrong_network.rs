//! Whether all servers are of another network than the lane.

use std::time::Duration;

use flow::SourceError;
use xrpl_client::{EndpointStatus, LedgerId, Pool};

/// How often the state of servers is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// No server of the same network is so far behind the pointer: about four days.
const BEHIND_LEDGERS_MAX: u32 = 100_000;

/// Returns once it is clear that the servers are of another network than the pointer, or that the network was reset. A
/// server that says the id of another network is refused by the pool.
pub(crate) async fn found(pool: &Pool, pointer: LedgerId) -> SourceError {
    loop {
        if let Some(why) = contradiction(pool.snapshot().iter().map(newest), pointer) {
            return SourceError::Halt { word: "another network", source: anyhow::Error::msg(why) };
        }
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
}

/// Why the newest ledgers of all servers contradict the pointer.
fn contradiction(newest: impl Iterator<Item = Option<u32>>, pointer: LedgerId) -> Option<String> {
    let newest = newest.flatten().max()?;
    if newest.saturating_add(BEHIND_LEDGERS_MAX) >= pointer.index {
        return None;
    }
    Some(format!(
        "the pointer is at ledger {pointer}, and the newest ledger of any server is {newest}: check `--network` and \
         `--xrpl-url`; if the network was reset, it needs topics under another `--network`"
    ))
}

fn newest(server: &EndpointStatus) -> Option<u32> {
    let held = server.complete_ledgers.as_ref();
    let held = held.and_then(|held| held.ranges().map(|range| *range.end()).max());
    held.max(server.validated_index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xrpl_codec::Hash256;

    #[test]
    fn a_pointer_far_beyond_every_server_is_of_another_network() {
        let pointer = LedgerId { index: 99_000_000, hash: Hash256([7; 32]) };
        let found = |newest: &[Option<u32>]| contradiction(newest.iter().copied(), pointer);
        assert!(found(&[Some(12_000_000), None]).unwrap().contains("of any server is 12000000"));
        assert_eq!(found(&[Some(12_000_000), Some(98_950_000)]), None);
        assert_eq!(found(&[None, None]), None, "no server has answered yet");
    }
}
