//! Command-line arguments of programs that ask servers, for `clap`.

mod endpoint_args;
mod request_share;
mod url_parser;

pub use endpoint_args::{EndpointArgs, LimitArgs};
pub use request_share::{InvalidRequestShare, RequestShare};
pub use url_parser::UrlParser;
