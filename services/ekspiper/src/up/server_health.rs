//! Problems of XRP Ledger servers.

use xrpl_client::EndpointStatus;

/// The health of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerHealth {
    /// Its address without secrets.
    pub(crate) url: String,
    /// Whether it responds.
    pub(crate) up: bool,
    /// Why it is quarantined, if it is.
    pub(crate) quarantined: Option<String>,
}

impl From<EndpointStatus> for ServerHealth {
    fn from(status: EndpointStatus) -> Self {
        Self { url: status.url, up: status.up, quarantined: status.not_used }
    }
}

/// The problems of `servers`, a line each; one line if none of them responds.
pub(crate) fn problems(servers: &[ServerHealth]) -> Vec<String> {
    if servers.iter().all(|server| !server.up && server.quarantined.is_none()) {
        let urls: Vec<&str> = servers.iter().map(|server| server.url.as_str()).collect();
        return vec![format!("no XRP Ledger server responds: {}", urls.join(", "))];
    }
    let of = |server: &ServerHealth| match &server.quarantined {
        Some(why) => Some(format!("{} quarantined: {why}", server.url)),
        None if !server.up => Some(format!("{} does not respond", server.url)),
        None => None,
    };
    servers.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str, up: bool, quarantined: Option<&str>) -> ServerHealth {
        ServerHealth { url: url.to_owned(), up, quarantined: quarantined.map(str::to_owned) }
    }

    #[test]
    fn servers_that_respond_are_no_problem() {
        let servers = [server("a", true, None), server("b", true, None)];
        assert_eq!(problems(&servers), Vec::<String>::new());
    }

    #[test]
    fn each_unhealthy_server_has_its_reason() {
        let servers = [
            server("a", true, None),
            server("b", false, None),
            server("c", true, Some("wrong transaction hash")),
        ];
        assert_eq!(
            problems(&servers),
            ["b does not respond", "c quarantined: wrong transaction hash"]
        );
    }

    #[test]
    fn if_none_responds_they_share_a_line() {
        let servers = [server("a", false, None), server("b", false, None)];
        assert_eq!(problems(&servers), ["no XRP Ledger server responds: a, b"]);
    }
}
