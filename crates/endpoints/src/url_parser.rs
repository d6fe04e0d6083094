//! Reads a server's address from the command line without ever repeating it.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};
use xrpl_client::{EndpointUrl, EndpointUrlError};

/// Reads an [`EndpointUrl`]. What is wrong with one is said without the value, in which there may be a secret.
#[derive(Clone, Copy, Debug)]
pub struct UrlParser;

impl TypedValueParser for UrlParser {
    type Value = EndpointUrl;

    fn parse_ref(
        &self,
        command: &Command,
        _argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<EndpointUrl, Error> {
        let url = value.to_str().ok_or(EndpointUrlError::Malformed).and_then(str::parse);
        url.map_err(|error: EndpointUrlError| {
            let message = format!("a server's address: {error}\n");
            Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}
