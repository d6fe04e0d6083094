//! The flow's own settings.

use clap::ValueEnum;
use xrpl_client::{BookOffersCall, EndpointArgs};

/// A reply of more offers would not fit into a record of Kafka's usual limit.
const OFFERS_MAX: i64 = 1_000;

/// The servers, and how books are requested.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The servers to ask.
    #[command(flatten)]
    pub endpoints: EndpointArgs,
    /// How books are requested.
    #[command(flatten)]
    pub asking: Asking,
}

/// How books are requested.
#[derive(clap::Args, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// Offers of a book to ask for; above 100, the default, only a server's administrators get more
    #[arg(
        long,
        env,
        default_value_t = BookOffersCall::OFFERS_MAX,
        value_parser = clap::value_parser!(u32).range(1..=OFFERS_MAX)
    )]
    pub offers_max: u32,
    /// What becomes of the older requests for a book when the flow is behind
    #[arg(long, env, value_enum, default_value_t = WhenBehind::Complete)]
    pub when_behind: WhenBehind,
    /// A request is behind when the newest one that was read is for a ledger more than this number later
    #[arg(long, env, default_value_t = Asking::BEHIND_LEDGERS_MAX)]
    pub behind_ledgers_max: u32,
}

/// What becomes of the older requests for a book when the flow is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhenBehind {
    /// Every book of every ledger is asked for, however long it takes
    Complete,
    /// Only the newest request for a book that is in sight is asked; the others become records that say so
    Fresh,
}

impl Asking {
    /// A quarter of a minute on the main network: longer than a busy ledger or the cooldown of a server usually takes.
    const BEHIND_LEDGERS_MAX: u32 = 4;
}

impl Default for Asking {
    fn default() -> Self {
        Self {
            offers_max: BookOffersCall::OFFERS_MAX,
            when_behind: WhenBehind::Complete,
            behind_ledgers_max: Self::BEHIND_LEDGERS_MAX,
        }
    }
}

impl WhenBehind {
    /// The policy as a label of a metric, and as the argument names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Fresh => "fresh",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        asking: Asking,
    }

    fn parsed(arguments: &[&str]) -> Option<Asking> {
        let arguments = ["flow"].iter().chain(arguments);
        Cli::try_parse_from(arguments).ok().map(|cli| cli.asking)
    }

    #[test]
    fn by_default_every_book_is_requested_as_far_as_servers_return_it() {
        assert_eq!(parsed(&[]), Some(Asking::default()));
        let fresh = parsed(&["--when-behind", "fresh", "--behind-ledgers-max", "9"]).unwrap();
        assert_eq!((fresh.when_behind, fresh.behind_ledgers_max), (WhenBehind::Fresh, 9));
        assert_eq!(fresh.when_behind.to_possible_value().unwrap().get_name(), "fresh");
    }

    #[test]
    fn a_number_of_offers_out_of_range_is_refused() {
        assert_eq!(parsed(&["--offers-max", "400"]).map(|asking| asking.offers_max), Some(400));
        for number in ["0", "1001", "all"] {
            assert_eq!(parsed(&["--offers-max", number]), None, "{number}");
        }
    }
}
