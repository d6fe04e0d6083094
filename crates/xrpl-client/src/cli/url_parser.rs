//! Parses the URL of a server without repeating it in an error.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use crate::transport::{EndpointUrl, EndpointUrlError};

/// Parses an [`EndpointUrl`]. Its errors leave out the value, which may hold a secret.
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
            let message = format!("the URL of a server: {error}\n");
            Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}
