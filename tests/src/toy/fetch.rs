//! Looks copies up: answers come late, out of order, and sometimes not at all.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::{Answer, Answers, Copies, Copy};
use anyhow::anyhow;
use flow::{AsyncProcessor, Collector, Flow, ProcessError, Reject};

#[derive(clap::Args, Clone, Debug)]
struct ToyFetch {
    /// The longest that an answer takes, in milliseconds
    #[arg(long, default_value_t = 10)]
    latency_ms_max: u64,
    /// Every so many questions one is not answered at first
    #[arg(long, default_value_t = 50)]
    transient_every: u64,
    /// While this file is there, nothing is answered about the number that it holds
    #[arg(long)]
    outage: Option<PathBuf>,
}

impl ToyFetch {
    fn is_out(&self, index: i64) -> bool {
        let held = self.outage.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        held.is_some_and(|held| held.trim().parse() == Ok(index))
    }
}

impl AsyncProcessor for ToyFetch {
    const NAME: &'static str = "toy-fetch";
    type Input = Copies;
    type Output = Answers;

    async fn process(&self, copy: Copy<'_>, out: &mut Collector) -> Result<(), ProcessError> {
        let latency = rand::random_range(0..=self.latency_ms_max);
        tokio::time::sleep(Duration::from_millis(latency)).await;
        if self.is_out(copy.index) {
            let why = anyhow!("nobody answers about {}", copy.index);
            return Err(ProcessError::Transient(why));
        }
        if self.transient_every > 0 && rand::random_range(0..self.transient_every) == 0 {
            // What was put before is to be forgotten.
            let wrong = Answer {
                index: copy.index,
                part: copy.part,
                count: copy.count,
                text: String::new(),
            };
            out.emit::<Answers>(&wrong)?;
            return Err(ProcessError::Transient(anyhow!("the line is bad")));
        }
        let answer = Answer::about(&copy).ok_or_else(|| Reject::new("unheard-of"))?;
        Ok(out.emit::<Answers>(&answer)?)
    }
}

/// Runs the flow as a process.
pub fn run() -> ExitCode {
    flow::main("toy-fetch", "Asks about copies", |fetch: ToyFetch, _| {
        Ok(Flow::async_processor(fetch))
    })
}
