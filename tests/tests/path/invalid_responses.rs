//! One server sends invalid responses, another one valid ones.

use ekspiper_tests::get;

use crate::chain::Chain;
use crate::contents::undisturbed;
use crate::lying_server::LyingServer;
use crate::pipeline::{Pipeline, Play};

#[test]
fn what_a_lying_server_says_goes_nowhere_and_it_is_named_and_counted() {
    let chain = Chain::small();
    let expected = undisturbed(chain);
    let mut path = Pipeline::live(chain, "lied-to", Play::Whole);
    let honest = path.urls[0].clone();
    let lying_server = path.runtime.block_on(LyingServer::start(honest.clone()));
    path.urls.insert(0, lying_server.url());
    path.start_all();
    path.wait_whole();
    path.contents().assert_same(expected);
    assert!(lying_server.told() > 0, "it was asked");
    let details = path.flow("ledger-details");
    let (_, metrics) = get(details.admin(), "/metrics").expect("metrics are served");
    let lies = |url: &str| {
        let mut lines = metrics.lines().filter(|line| {
            line.starts_with("ekspiper_endpoint_requests_total{")
                && line.contains(url)
                && line.contains(r#"outcome="invalid_response""#)
        });
        lines.next()?.rsplit(' ').next()?.parse::<f64>().ok()
    };
    assert!(lies(&lying_server.url()) > Some(0.0), "{metrics}");
    assert_eq!(lies(&honest), Some(0.0), "{metrics}");
    let alarm = details.line(1, "invalid response, endpoint quarantined");
    assert!(alarm.contains(&lying_server.url()), "{alarm}");
}
