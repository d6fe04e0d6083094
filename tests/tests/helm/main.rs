//! The chart: rendered from values files, strict by Kubernetes' own schemas, one release a lane.
//!
//! `./test` brings helm and the validator; without them a test says that it is skipped.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod autoscaling;
mod chart;
mod coercion;
mod confinement;
mod documentation;
mod environment;
mod flows;
mod fluent;
mod jobs;
mod kubernetes;
mod manifests;
mod monitoring;
mod names;
mod notes;
mod placement;
mod priority;
mod refusals;
mod secrets;
mod umbrella;
