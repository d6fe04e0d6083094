//! Sums up the copies of a number: several in, one out.

use std::process::ExitCode;

use super::{Copies, Copy, Sum, Sums};
use flow::{Collector, Flow, NoSettings, Processor, Reject};

#[derive(Clone, Default)]
struct ToySums {
    index: i64,
    copies: i32,
    bytes: i64,
}

impl Processor for ToySums {
    const NAME: &'static str = "toy-sums";
    const WHOLE_SEQUENCES: bool = true;
    type Input = Copies;
    type Output = Sums;

    fn process(&mut self, copy: Copy<'_>, out: &mut Collector) -> Result<(), Reject> {
        if copy.index != self.index {
            *self = Self { index: copy.index, ..Self::default() };
        }
        self.copies += 1;
        self.bytes += i64::try_from(copy.body.len()).unwrap_or(i64::MAX);
        if copy.part + 1 < copy.count {
            return Ok(());
        }
        out.emit::<Sums>(&Sum { index: self.index, copies: self.copies, bytes: self.bytes })
    }
}

/// Runs the flow as a process.
pub fn run() -> ExitCode {
    flow::main("toy-sums", "Sums up the copies of a number", |_: NoSettings, _| {
        Ok(Flow::processor(ToySums::default()))
    })
}
