//! The networks that are known by name.

/// The public servers of a network, as its operators list them.
pub fn servers(network: &str) -> Option<&'static [&'static str]> {
    match network {
        "mainnet" => Some(&["wss://xrplcluster.com", "wss://s1.ripple.com", "wss://s2.ripple.com"]),
        "testnet" => Some(&["wss://s.altnet.rippletest.net:51233", "wss://testnet.xrpl-labs.com"]),
        "devnet" => Some(&["wss://s.devnet.rippletest.net:51233"]),
        _ => None,
    }
}

/// The servers to ask: those that were given, else the public ones of the network.
///
/// # Errors
/// When none was given and the network is not one that is known by name.
pub fn servers_or(given: &[String], network: &str) -> anyhow::Result<Vec<String>> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let known = servers(network).ok_or_else(|| {
        anyhow::anyhow!(
            "the network `{network}` is not known by name: say where its servers are with `--xrpl-url`, or take \
             `mainnet`, `testnet` or `devnet`"
        )
    })?;
    Ok(known.iter().map(|url| (*url).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_were_given_are_asked_instead_of_the_public_ones() {
        let given = ["ws://127.0.0.1:6006".to_owned()];
        assert_eq!(servers_or(&given, "mainnet").unwrap(), given);
        assert!(servers_or(&[], "mainnet").unwrap().len() > 1);
    }

    #[test]
    fn an_unknown_network_needs_servers() {
        let error = servers_or(&[], "sidechain").unwrap_err().to_string();
        assert!(error.contains("`sidechain`") && error.contains("--xrpl-url"), "{error}");
    }
}
