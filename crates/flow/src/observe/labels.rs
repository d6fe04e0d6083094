//! The sets of labels that metrics have.

use prometheus_client::encoding::EncodeLabelSet;

macro_rules! label_set {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
        pub(crate) struct $name { $(pub(crate) $field: $type),* }
    };
}

label_set!(
    /// A version of the binary.
    ByVersion { version: &'static str }
);
label_set!(
    /// A flow.
    ByFlow { flow: &'static str }
);
label_set!(
    /// A flow and one of its topics.
    ByTopic { flow: &'static str, topic: &'static str }
);
label_set!(
    /// A flow and a partition of one of its inputs.
    ByPartition { flow: &'static str, topic: String, partition: i32 }
);
label_set!(
    /// A flow and a state of its partitions.
    ByState { flow: &'static str, state: &'static str }
);
label_set!(
    /// A flow and a word from a bounded set.
    ByReason { flow: &'static str, reason: &'static str }
);
label_set!(
    /// A flow, a type of record and its result: open sets, bounded by [`crate::observe::metrics_handle::LABEL_VALUES_MAX`].
    ByType { flow: &'static str, record_type: String, result: String }
);
label_set!(
    /// A flow and a place in its records: an open set, bounded by [`crate::observe::metrics_handle::LABEL_VALUES_MAX`].
    ByPath { flow: &'static str, path: String }
);
