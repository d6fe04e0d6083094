//! What a person has to know of the XRP Ledger servers.

use xrpl_client::EndpointStatus;

/// How a server fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its address without secrets.
    pub(crate) url: String,
    /// Whether it answers well.
    pub(crate) up: bool,
    /// Why it is not asked any more.
    pub(crate) not_used: Option<String>,
}

impl From<EndpointStatus> for Server {
    fn from(status: EndpointStatus) -> Self {
        Self { url: status.url, up: status.up, not_used: status.not_used }
    }
}

/// What is not well with `servers`, a line each; one line if none of them answers.
pub(crate) fn unwell(servers: &[Server]) -> Vec<String> {
    if servers.iter().all(|server| !server.up && server.not_used.is_none()) {
        let urls: Vec<&str> = servers.iter().map(|server| server.url.as_str()).collect();
        return vec![format!("no XRP Ledger server answers: {}", urls.join(", "))];
    }
    let of = |server: &Server| match &server.not_used {
        Some(why) => Some(format!("{} is not asked any more: {why}", server.url)),
        None if !server.up => Some(format!("{} does not answer", server.url)),
        None => None,
    };
    servers.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str, up: bool, not_used: Option<&str>) -> Server {
        Server { url: url.to_owned(), up, not_used: not_used.map(str::to_owned) }
    }

    #[test]
    fn servers_that_answer_are_no_news() {
        assert_eq!(
            unwell(&[server("a", true, None), server("b", true, None)]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_server_that_is_not_asked_has_its_reason() {
        let servers = [
            server("a", true, None),
            server("b", false, None),
            server("c", true, Some("a false root")),
        ];
        assert_eq!(
            unwell(&servers),
            ["b does not answer", "c is not asked any more: a false root"]
        );
    }

    #[test]
    fn if_none_answers_they_share_a_line() {
        let servers = [server("a", false, None), server("b", false, None)];
        assert_eq!(unwell(&servers), ["no XRP Ledger server answers: a, b"]);
    }
}
