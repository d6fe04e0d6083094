//! A flow as a process, with its admin endpoint.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::{Lane, Process, binary, eventually, get};

/// How long a flow may take to be ready, on a machine that has much else to do.
const READY_S_MAX: u64 = 60;

/// A running flow.
#[derive(Debug)]
pub struct FlowProcess {
    process: Process,
}

impl FlowProcess {
    /// Starts the binary `name` on a lane, with further arguments.
    pub fn start(lane: &Lane, name: &str, arguments: &[&str]) -> Self {
        Self::start_with(lane, name, arguments, &[])
    }

    /// Starts the binary `name` on a lane, with further arguments and variables of the environment.
    pub fn start_with(
        lane: &Lane,
        name: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let program = ["toy", "defective", "newer"]
            .into_iter()
            .find(|program| name.strip_prefix(program).is_some_and(|rest| rest.starts_with('-')));
        let mut command = Command::new(binary(program.unwrap_or(name)));
        command
            .arg0(name)
            .envs(variables.iter().copied())
            .args(lane.arguments())
            .args(["--admin-address", "127.0.0.1:0"])
            .args(arguments);
        Self { process: Process::start(name, command) }
    }

    /// Starts it and waits until it is ready.
    #[track_caller]
    pub fn ready(lane: &Lane, name: &str, arguments: &[&str]) -> Self {
        let flow = Self::start(lane, name, arguments);
        flow.wait_ready();
        flow
    }

    /// Where it serves metrics and health.
    #[track_caller]
    pub fn admin(&self) -> SocketAddr {
        let line = self.process.line(READY_S_MAX, "/readyz");
        let address = line.split('"').find_map(|word| word.parse().ok());
        address.unwrap_or_else(|| panic!("no address in {line}"))
    }

    /// Waits until `/readyz` says so.
    #[track_caller]
    pub fn wait_ready(&self) {
        let admin = self.admin();
        eventually(READY_S_MAX, "the flow is ready", || {
            get(admin, "/readyz").filter(|(status, _)| *status == 200)
        });
    }

    /// Waits until `/readyz` is 503 with `text` among its reasons; returns all of them.
    #[track_caller]
    pub fn wait_unready(&self, text: &str) -> String {
        let admin = self.admin();
        eventually(READY_S_MAX, &format!("the flow is unready: {text}"), || {
            get(admin, "/readyz")
                .filter(|(status, why)| *status == 503 && why.contains(text))
                .map(|(_, why)| why)
        })
    }

    /// The sum of a metric over all labels; 0 if it is not there.
    #[track_caller]
    pub fn metric(&self, name: &str) -> f64 {
        self.metric_of(name, &[])
    }

    /// The sum of a metric over all samples with these labels, each as `name="value"`; 0 if there is none.
    #[track_caller]
    pub fn metric_of(&self, name: &str, labels: &[&str]) -> f64 {
        let (_, metrics) = get(self.admin(), "/metrics").expect("metrics are served");
        let samples = metrics.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        });
        samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

impl Deref for FlowProcess {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for FlowProcess {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
