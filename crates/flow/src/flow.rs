//! A flow: what it is called, what it reads and writes, and how it runs.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::api::async_processor::AsyncProcessor;
use crate::api::processor::Processor;
use crate::api::sink::Sink;
use crate::api::source::Source;
use crate::group::membership::{self, Work};
use crate::kafka::client;
use crate::kafka::topics::{self, Partitions};
use crate::observe::health::{Health, HealthState};
use crate::observe::metrics::Metrics;
use crate::observe::metrics_handle::MetricsHandle;
use crate::partition::context::{FlowContext, MakeStep, TopicPartition};
use crate::partition::step::asynchronous::AsyncStep;
use crate::partition::step::pure::PureStep;
use crate::partition::step::sink::SinkStep;
use crate::partition::worker;
use crate::record::dead_letter::DeadLetters;
use crate::record::reject::OnReject;
use crate::record::topic::{TopicSchema, Topics};
use crate::schema::schema_topic::{self, SCHEMAS};
use crate::schema::single_object::Decoder;
use crate::settings::Settings;
use crate::source::active::{self, Active};
use crate::source::checkpoint::Checkpoints;
use crate::source::ingestor::Ingestor;
use tokio_util::sync::CancellationToken;

/// How often a flow reports what it has counted itself.
const REPORT: Duration = Duration::from_secs(1);

/// A flow that can be run.
pub struct Flow {
    name: &'static str,
    inputs: Vec<TopicSchema>,
    outputs: Vec<TopicSchema>,
    on_reject: OnReject,
    whole_sequences: bool,
    body: Body,
    report: Report,
}

enum Body {
    Steps(MakeStep),
    Leads(MakeTenant),
}

type Report = Arc<dyn Fn(&MetricsHandle) + Send + Sync>;
type MakeTenant = Box<dyn FnOnce(Ready) -> Work + Send>;

/// What is known of a flow once its topics have been checked.
struct Ready {
    settings: Arc<Settings>,
    partitions: Partitions,
    decoder: Decoder,
    meter: MetricsHandle,
    metrics: Metrics,
    health: Health,
    handle: Handle,
}

/// What flows of one process share.
#[derive(Clone, Debug)]
pub struct Process {
    /// The process's metrics.
    pub metrics: Metrics,
    /// Where asynchronous work runs.
    pub handle: Handle,
    /// Raised when the process is to stop.
    pub stop: CancellationToken,
}

/// A flow that runs.
#[derive(Debug)]
pub struct Running {
    /// How it stands.
    pub health: Health,
    thread: JoinHandle<()>,
}

impl Running {
    /// Whether it has stopped and given up its partitions.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }
}

impl Flow {
    /// A flow that is a pure function of its input.
    pub fn processor<P: Processor + Sync>(processor: P) -> Self {
        let make = move |around| Box::new(PureStep::new(processor.clone(), around)) as _;
        Self {
            name: P::NAME,
            inputs: P::Input::schemas(),
            outputs: P::Output::schemas(),
            on_reject: P::ON_REJECT,
            whole_sequences: P::WHOLE_SEQUENCES,
            body: Body::Steps(Arc::new(make)),
            report: Arc::new(|_| {}),
        }
    }

    /// A flow that asks the outside for its outputs.
    pub fn fetcher<F: AsyncProcessor>(fetcher: F) -> Self {
        let fetcher = Arc::new(fetcher);
        let reporting = Arc::clone(&fetcher);
        let make = move |around| Box::new(AsyncStep::new(Arc::clone(&fetcher), around)) as _;
        Self {
            name: F::NAME,
            inputs: F::Input::schemas(),
            outputs: F::Output::schemas(),
            on_reject: F::ON_REJECT,
            whole_sequences: false,
            body: Body::Steps(Arc::new(make)),
            report: Arc::new(move |meter| reporting.report(meter)),
        }
    }

    /// A flow that writes to the outside.
    pub fn sink<S: Sink>(sink: S) -> Self {
        let sink = Arc::new(sink);
        let reporting = Arc::clone(&sink);
        let make = move |around| Box::new(SinkStep::new(Arc::clone(&sink), around)) as _;
        Self {
            name: S::NAME,
            inputs: S::Input::schemas(),
            outputs: Vec::new(),
            on_reject: OnReject::DeadLetter,
            whole_sequences: false,
            body: Body::Steps(Arc::new(make)),
            report: Arc::new(move |meter| reporting.report(meter)),
        }
    }

    /// A flow that brings in what is outside, led by one instance.
    pub fn source<S: Source>(source: S) -> Self {
        let source = Arc::new(source);
        let reporting = Arc::clone(&source);
        Self {
            name: S::NAME,
            inputs: Vec::new(),
            outputs: vec![TopicSchema::of::<S::Output>(), TopicSchema::of::<Checkpoints>()],
            on_reject: OnReject::Halt,
            whole_sequences: false,
            body: Body::Leads(Box::new(move |ready| lead(source, ready))),
            report: Arc::new(move |meter| reporting.report(meter)),
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

    /// Checks the flow's topics and starts it. It runs until the process's `stop` is raised.
    ///
    /// # Errors
    /// When no broker answers, or a topic is missing or does not fit, in words that say what to do.
    pub fn start(self, settings: Settings, process: &Process) -> anyhow::Result<Running> {
        client::check_reachable(&settings)?;
        let mut outputs = self.outputs.clone();
        if matches!(self.body, Body::Steps(_)) {
            outputs.push(TopicSchema::of::<DeadLetters>());
        }
        let specs =
            |topics: &[TopicSchema]| topics.iter().map(|topic| topic.spec).collect::<Vec<_>>();
        let written = [specs(&outputs), vec![SCHEMAS]].concat();
        let partitions = topics::check(&settings, &specs(&self.inputs), &written)?;
        let decoder = Decoder::new(&[self.inputs.as_slice(), &outputs].concat());
        schema_topic::exchange(&settings, &decoder, &outputs)?;
        let health = Health::new(self.name, &process.metrics);
        let meter = MetricsHandle::new(self.name, &process.metrics);
        spawn_report(process, &self.report, &meter);
        let ready = Ready {
            settings: Arc::new(settings),
            partitions,
            decoder,
            meter,
            metrics: process.metrics.clone(),
            health: health.clone(),
            handle: process.handle.clone(),
        };
        let member = Member::new(self, ready, outputs, process.stop.clone());
        let thread =
            std::thread::Builder::new().name(member.group.clone()).spawn(move || member.hold())?;
        Ok(Running { health, thread })
    }
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A flow's place in its group.
struct Member {
    settings: Arc<Settings>,
    group: String,
    topics: Vec<String>,
    tenant: Work,
    health: Health,
    stop: CancellationToken,
}

impl Member {
    fn new(flow: Flow, ready: Ready, outputs: Vec<TopicSchema>, stop: CancellationToken) -> Self {
        let (from, to) = (ready.settings.from(), ready.settings.to());
        let (settings, health) = (Arc::clone(&ready.settings), ready.health.clone());
        let group = to.group(flow.name);
        let (topics, tenant) = match flow.body {
            Body::Leads(make) => {
                let lock = to.topic(&<Checkpoints as crate::Topic>::SPEC);
                (vec![lock], make(ready))
            }
            Body::Steps(make_step) => {
                let topics = flow.inputs.iter().map(|input| from.topic(&input.spec)).collect();
                let plan = FlowContext {
                    flow: flow.name,
                    settings: ready.settings,
                    group: group.clone(),
                    from,
                    to,
                    inputs: flow.inputs.into(),
                    outputs: outputs.into(),
                    partitions: ready.partitions,
                    on_reject: flow.on_reject,
                    decoder: ready.decoder,
                    meter: ready.meter,
                    metrics: ready.metrics,
                    health: ready.health,
                    handle: ready.handle,
                    make_step,
                };
                let tenant: Work = Arc::new(move |input, partition, stop: &CancellationToken| {
                    worker::work(&plan, TopicPartition { input, partition }, stop);
                });
                (topics, tenant)
            }
        };
        Self { settings, group, topics, tenant, health, stop }
    }

    fn hold(&self) {
        membership::hold(
            &self.settings,
            &self.group,
            &self.topics,
            &self.tenant,
            &self.health,
            &self.stop,
        );
    }
}

fn lead<S: Source>(source: Arc<S>, ready: Ready) -> Work {
    let scope = ready.settings.to();
    ready.health.take_up(active::PART, HealthState::Standby);
    let leader = Active {
        source,
        ingestor: Ingestor {
            name: scope.group(S::NAME),
            settings: ready.settings,
            scope,
            partitions: ready.partitions.to,
            version: S::VERSION,
            decoder: ready.decoder,
        },
        meter: ready.meter,
        metrics: ready.metrics,
        health: ready.health,
        handle: ready.handle,
    };
    Arc::new(move |_, _, stop: &CancellationToken| leader.lead(stop))
}

fn spawn_report(process: &Process, report: &Report, meter: &MetricsHandle) {
    let (report, meter, stop) = (Arc::clone(report), meter.clone(), process.stop.clone());
    process.handle.spawn(async move {
        loop {
            report(&meter);
            tokio::select! {
                () = tokio::time::sleep(REPORT) => {}
                () = stop.cancelled() => return,
            }
        }
    });
}
