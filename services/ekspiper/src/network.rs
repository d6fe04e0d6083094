//! Networks that are known by name.

use anyhow::Context as _;
use xrpl_client::EndpointUrl;

/// The public servers of a network, as its operators list them.
fn public_servers(network: &str) -> Option<&'static [&'static str]> {
    match network {
        "mainnet" => Some(&["wss://xrplcluster.com", "wss://s1.ripple.com", "wss://s2.ripple.com"]),
        "testnet" => Some(&["wss://s.altnet.rippletest.net:51233", "wss://testnet.xrpl-labs.com"]),
        "devnet" => Some(&["wss://s.devnet.rippletest.net:51233"]),
        _ => None,
    }
}

/// The configured servers, else the public ones of the network.
///
/// # Errors
/// When none is configured and the network is not known by name.
pub(crate) fn servers_or(given: &[EndpointUrl], network: &str) -> anyhow::Result<Vec<EndpointUrl>> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let known = public_servers(network).with_context(|| {
        format!(
            "unknown network `{network}`: name its servers with `--xrpl-url`, or use `mainnet`, `testnet` or `devnet`"
        )
    })?;
    Ok(known.iter().map(|url| url.parse().expect("it is a URL")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_servers_replace_the_public_ones() {
        let given: EndpointUrl = "ws://127.0.0.1:6006".parse().unwrap();
        let asked = servers_or(std::slice::from_ref(&given), "mainnet").unwrap();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].to_string(), given.to_string());
    }

    #[test]
    fn every_known_network_has_servers() {
        for network in ["mainnet", "testnet", "devnet"] {
            assert!(!servers_or(&[], network).unwrap().is_empty(), "{network}");
        }
    }

    #[test]
    fn an_unknown_network_needs_servers() {
        let error = servers_or(&[], "sidechain").unwrap_err().to_string();
        assert!(error.contains("`sidechain`") && error.contains("--xrpl-url"), "{error}");
    }
}
