//! Copies numbers: one in, none to four out.

use std::process::ExitCode;

use super::{Copies, Copy, Number, Numbers};
use flow::{Collector, Flow, OnReject, Processor, Reject};

#[derive(clap::Args, Clone, Debug)]
struct Policy {
    /// Stop at a number that can't be copied
    #[arg(long)]
    halt: bool,
}

#[derive(Clone)]
struct ToyCopy<const HALT: bool>;

impl<const HALT: bool> Processor for ToyCopy<HALT> {
    const NAME: &'static str = "toy-copy";
    const ON_REJECT: OnReject = if HALT { OnReject::Halt } else { OnReject::DeadLetter };
    type Input = Numbers;
    type Output = Copies;

    fn process(&mut self, number: Number<'_>, out: &mut Collector) -> Result<(), Reject> {
        assert!(!number.body.starts_with(b"panic"), "the number {} is a trap", number.index);
        let why = || anyhow::anyhow!("number {}", number.index).context("it says so itself");
        let copies =
            Copy::all_of(&number).ok_or_else(|| Reject::because("not-to-be-copied", why()))?;
        copies.into_iter().try_for_each(|copy| out.emit::<Copies>(&copy))
    }
}

/// Runs the flow as a process.
pub fn run() -> ExitCode {
    flow::main("toy-copy", "Copies numbers", |policy: Policy, _| {
        Ok(if policy.halt {
            Flow::processor(ToyCopy::<true>)
        } else {
            Flow::processor(ToyCopy::<false>)
        })
    })
}
