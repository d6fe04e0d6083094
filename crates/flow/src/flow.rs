//! A flow: what it is called, what it reads and writes, and how it is started.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::async_processor::AsyncProcessor;
use crate::api::processor::Processor;
use crate::api::sink::Sink;
use crate::api::source::Source;
use crate::group::lag::LagMonitor;
use crate::group::membership::{Membership, Work};
use crate::kafka::client;
use crate::kafka::topics::{self, PartitionCounts};
use crate::observe::health::Health;
use crate::observe::health_state::HealthState;
use crate::observe::metrics::Metrics;
use crate::observe::metrics_handle::MetricsHandle;
use crate::partition::context::{FlowContext, TaskContext, TopicPartition};
use crate::partition::step::asynchronous::AsyncStep;
use crate::partition::step::pure::PureStep;
use crate::partition::step::sink::SinkStep;
use crate::partition::step::{MakeStep, Step};
use crate::partition::worker;
use crate::record::dead_letter::DeadLetters;
use crate::record::reject::OnReject;
use crate::record::topic::{Topic as _, TopicSchema, Topics as _};
use crate::schema::schema_topic::{self, SCHEMAS};
use crate::schema::single_object::Decoder;
use crate::settings::Settings;
use crate::source::active::{self, Active};
use crate::source::checkpoint::Checkpoints;

/// How often a flow reports what it has counted itself.
const REPORT: Duration = Duration::from_secs(1);

/// A flow that can be started.
pub struct Flow {
    name: &'static str,
    inputs: Vec<TopicSchema>,
    outputs: Vec<TopicSchema>,
    on_reject: OnReject,
    whole_sequences: bool,
    kind: Kind,
    report: Report,
}

enum Kind {
    /// A step at each partition of its inputs.
    Steps(MakeStep),
    /// One active instance.
    Source(Box<dyn FnOnce(FlowContext) -> Work + Send>),
}

type Report = Arc<dyn Fn(&MetricsHandle) + Send + Sync>;

/// What the flows of one process share.
#[derive(Clone, Debug)]
pub struct Process {
    /// The process's metrics.
    pub metrics: Metrics,
    /// Where asynchronous work runs.
    pub handle: Handle,
    /// Cancelled when the process is to stop.
    pub stop: CancellationToken,
}

/// A flow that was started.
#[derive(Debug)]
pub struct Running {
    /// Its health.
    pub health: Health,
    thread: JoinHandle<()>,
}

impl Running {
    /// Whether it has stopped and left its group.
    pub fn has_stopped(&self) -> bool {
        self.thread.is_finished()
    }
}

impl Flow {
    /// A flow that is a pure function of its input.
    pub fn processor<P: Processor + Sync>(processor: P) -> Self {
        let make = move |task: TaskContext, _: Arc<Notify>| {
            Box::new(PureStep::new(processor.clone(), task)) as Box<dyn Step>
        };
        Self {
            name: P::NAME,
            inputs: P::Input::schemas(),
            outputs: P::Output::schemas(),
            on_reject: P::ON_REJECT,
            whole_sequences: P::WHOLE_SEQUENCES,
            kind: Kind::Steps(Arc::new(make)),
            report: Arc::new(|_| {}),
        }
    }

    /// A flow that asks the outside for its outputs.
    pub fn async_processor<P: AsyncProcessor>(processor: P) -> Self {
        let processor = Arc::new(processor);
        let reporting = Arc::clone(&processor);
        let make = move |task: TaskContext, completion: Arc<Notify>| {
            Box::new(AsyncStep::new(Arc::clone(&processor), task, completion)) as Box<dyn Step>
        };
        Self {
            name: P::NAME,
            inputs: P::Input::schemas(),
            outputs: P::Output::schemas(),
            on_reject: P::ON_REJECT,
            whole_sequences: false,
            kind: Kind::Steps(Arc::new(make)),
            report: Arc::new(move |counts| reporting.report(counts)),
        }
    }

    /// A flow that writes to the outside.
    pub fn sink<S: Sink>(sink: S) -> Self {
        let sink = Arc::new(sink);
        let reporting = Arc::clone(&sink);
        let make = move |task: TaskContext, completion: Arc<Notify>| {
            Box::new(SinkStep::new(Arc::clone(&sink), task, completion)) as Box<dyn Step>
        };
        Self {
            name: S::NAME,
            inputs: S::Input::schemas(),
            outputs: Vec::new(),
            on_reject: OnReject::DeadLetter,
            whole_sequences: false,
            kind: Kind::Steps(Arc::new(make)),
            report: Arc::new(move |counts| reporting.report(counts)),
        }
    }

    /// A flow that ingests from the outside, by one active instance.
    pub fn source<S: Source>(source: S) -> Self {
        let source = Arc::new(source);
        let reporting = Arc::clone(&source);
        Self {
            name: S::NAME,
            inputs: Vec::new(),
            outputs: vec![TopicSchema::of::<S::Output>(), TopicSchema::of::<Checkpoints>()],
            on_reject: OnReject::Halt,
            whole_sequences: false,
            kind: Kind::Source(Box::new(move |context| Active::work(source, context))),
            report: Arc::new(move |counts| reporting.report(counts)),
        }
    }

    /// The flow's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The topics that it reads.
    pub fn inputs(&self) -> &[TopicSchema] {
        &self.inputs
    }

    /// The topics that it writes, without the dead letters.
    pub fn outputs(&self) -> &[TopicSchema] {
        &self.outputs
    }

    /// Whether it needs all records of a sequence number at once.
    pub const fn needs_whole_sequences(&self) -> bool {
        self.whole_sequences
    }

    /// Checks the flow's topics and starts it. It runs until the process's `stop` is cancelled.
    ///
    /// # Errors
    /// When no broker answers, or a topic is missing or does not fit, with what to do about it.
    pub fn start(self, settings: Settings, process: &Process) -> anyhow::Result<Running> {
        client::check_reachable(&settings)?;
        let mut outputs = self.outputs.clone();
        if matches!(self.kind, Kind::Steps(_)) {
            outputs.push(TopicSchema::of::<DeadLetters>());
        }
        let specs =
            |topics: &[TopicSchema]| topics.iter().map(|topic| topic.spec).collect::<Vec<_>>();
        let written = [specs(&outputs), vec![SCHEMAS]].concat();
        let partitions = topics::check(&settings, &specs(&self.inputs), &written)?;
        let decoder = Decoder::new(&[self.inputs.as_slice(), &outputs].concat());
        schema_topic::exchange(&settings, &decoder, &outputs)?;
        let context = self.context(settings, process, outputs, partitions, decoder);
        spawn_report(process, &self.report, &context.counts);
        let health = context.health.clone();
        let (membership, lag) = self.membership(context, process.stop.clone());
        let thread = std::thread::Builder::new().name(membership.group.clone());
        let thread = thread.spawn(move || membership.run(lag))?;
        Ok(Running { health, thread })
    }

    fn context(
        &self,
        settings: Settings,
        process: &Process,
        outputs: Vec<TopicSchema>,
        partitions: PartitionCounts,
        decoder: Decoder,
    ) -> FlowContext {
        let (from, to) = (settings.from(), settings.to());
        let topics = self.inputs.iter().chain(&outputs).map(|topic| topic.spec.name);
        process.metrics.start_at_zero(self.name, &topics.collect::<Vec<_>>());
        FlowContext {
            flow: self.name,
            group: to.group(self.name),
            settings: Arc::new(settings),
            from,
            to,
            inputs: self.inputs.clone().into(),
            outputs: outputs.into(),
            partitions,
            on_reject: self.on_reject,
            decoder,
            handle: process.handle.clone(),
            metrics: process.metrics.clone(),
            counts: MetricsHandle::new(self.name, &process.metrics),
            health: Health::new(self.name, &process.metrics),
        }
    }

    /// The flow's place in its group, and the monitor of its lag.
    fn membership(self, context: FlowContext, stop: CancellationToken) -> (Membership, LagMonitor) {
        let (settings, group) = (Arc::clone(&context.settings), context.group.clone());
        let (health, metrics) = (context.health.clone(), context.metrics.clone());
        let names = context.inputs.iter();
        let names = names.map(|input| (input.spec.name, context.from.topic(&input.spec)));
        let names: Vec<(&'static str, String)> = names.collect();
        let (topics, work): (Vec<String>, Work) = match self.kind {
            Kind::Source(work) => {
                health.claim(active::ROLE, HealthState::Standby);
                (vec![context.to.topic(&Checkpoints::SPEC)], work(context))
            }
            Kind::Steps(make_step) => {
                let context = Arc::new(context);
                let work = move |input, partition, stop: &CancellationToken| {
                    worker::work(&context, &make_step, TopicPartition { input, partition }, stop);
                };
                (names.iter().map(|(_, topic)| topic.clone()).collect(), Arc::new(work))
            }
        };
        let lag = LagMonitor::new(&health, &metrics, names);
        (Membership { settings, group, topics, work, health, stop }, lag)
    }
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("name", &self.name).finish_non_exhaustive()
    }
}

fn spawn_report(process: &Process, report: &Report, counts: &MetricsHandle) {
    let (report, counts, stop) = (Arc::clone(report), counts.clone(), process.stop.clone());
    process.handle.spawn(async move {
        loop {
            report(&counts);
            tokio::select! {
                () = tokio::time::sleep(REPORT) => {}
                () = stop.cancelled() => return,
            }
        }
    });
}
