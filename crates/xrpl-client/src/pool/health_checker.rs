//! Checks regularly what a server has, and whether it is back.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep};

use super::endpoint::Endpoint;
use super::health::EndpointHealth;
use super::request_context::RequestContext;
use crate::call::{Call, ServerInfoCall};

/// The interval of checks of a server that is up.
const INTERVAL: Duration = Duration::from_secs(60);
/// The interval of checks of a server that is down, beside its cooldown.
const INTERVAL_DOWN: Duration = Duration::from_secs(1);

/// Checks a server without end.
pub(super) async fn run(endpoint: Arc<Endpoint>) {
    let context = RequestContext::general("server_info".to_owned());
    loop {
        let permit = endpoint.enter(ServerInfoCall::COST).await;
        if let Ok(info) = endpoint.ask(&ServerInfoCall {}, &context, Ok).await {
            endpoint.informed(info);
        }
        drop(permit);
        let now = Instant::now();
        let cooldown = endpoint.cooldown(now).map_or(Duration::ZERO, |until| until - now);
        let interval =
            if endpoint.health(now) == EndpointHealth::Down { INTERVAL_DOWN } else { INTERVAL };
        sleep(cooldown.max(jittered(interval))).await;
    }
}

/// Up to a fifth less, so that servers are not all asked at once.
fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(rand::rng().random_range(0.8..=1.0))
}
