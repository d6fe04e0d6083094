//! Several servers that are asked as one.

mod announcements;
mod attempts;
mod budget;
mod endpoint;
mod evidence;
mod fetch;
mod health;
mod hedge;
mod holdings;
mod keeper;
mod known;
mod lines;
mod pace;
mod pool_error;
mod question;
mod rank;
mod route;
mod status;

pub use announcements::{Announcements, EndpointEvent};
pub use endpoint::EndpointId;
pub use evidence::Evidence;
pub use fetch::LedgerId;
pub use pool_error::PoolError;
pub use route::{Pool, PoolLimits};
pub use status::EndpointStatus;
