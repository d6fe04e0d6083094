//! Asks a server now and then what it has, and whether it is back.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep};

use super::endpoint::Endpoint;
use super::health::Standing;
use super::question::Question;
use crate::{Call, ServerInfoCall};

/// How old may be what is known of a server that is up.
const INTERVAL: Duration = Duration::from_secs(60);
/// How soon a server that is down is asked again, once its rest is over.
const INTERVAL_DOWN: Duration = Duration::from_secs(1);

/// Keeps what is known of a server fresh, for ever.
pub(super) async fn keep(endpoint: Arc<Endpoint>) {
    let question = Question::general("server_info".to_owned());
    loop {
        let permit = endpoint.enter(ServerInfoCall::COST).await;
        if let Ok(info) = endpoint.ask(&ServerInfoCall {}, &question, Ok).await {
            endpoint.informed(info);
        }
        drop(permit);
        let now = Instant::now();
        let rest = endpoint.resting(now).map_or(Duration::ZERO, |until| until - now);
        let interval =
            if endpoint.standing(now) == Standing::Down { INTERVAL_DOWN } else { INTERVAL };
        sleep(rest.max(jittered(interval))).await;
    }
}

/// Up to a fifth less, so that servers are not all asked at once.
fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(rand::rng().random_range(0.8..=1.0))
}
