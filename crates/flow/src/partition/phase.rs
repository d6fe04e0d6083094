//! The phases of a partition's loop, and the one place that decides between them.

/// What the loop of a partition does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// Reads the next record, or waits for one.
    Reading,
    /// Waits for the step to complete an input: it has no room for another.
    WaitingForStep,
    /// Waits for the schema of the record that was read last.
    WaitingForSchema,
    /// Reads nothing more, and waits for the inputs in work.
    Draining,
    /// Commits the batch.
    Committing,
    /// Nothing is left to do.
    Ended,
}

impl Phase {
    /// As it is shown in `/readyz`, logs and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::WaitingForStep => "waiting for step",
            Self::WaitingForSchema => "waiting for schema",
            Self::Draining => "draining",
            Self::Committing => "committing",
            Self::Ended => "ended",
        }
    }
}

/// What the decision depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) batch: BatchStatus,
    pub(crate) ending: Ending,
    /// Whether the step may be given another input.
    pub(crate) step_has_room: bool,
    /// Whether inputs are in work.
    pub(crate) step_is_pending: bool,
    /// Whether a record waits for its schema.
    pub(crate) schema_is_missing: bool,
}

/// How full the batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchStatus {
    /// There is nothing to commit.
    Empty,
    /// It may be committed, and may take more.
    Open,
    /// It may take more, but no more has come in time.
    Lingered,
    /// It takes no more.
    Full,
}

/// Whether the loop is about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It goes on.
    No,
    /// It reads nothing more; inputs in work still count.
    AfterInFlight,
    /// It commits what is complete, and discards the rest.
    AfterBatch,
}

impl Status {
    /// The phase that follows.
    pub(crate) const fn phase(self) -> Phase {
        let has_batch = !matches!(self.batch, BatchStatus::Empty);
        match self.ending {
            Ending::AfterBatch if has_batch => Phase::Committing,
            Ending::AfterBatch => Phase::Ended,
            _ if matches!(self.batch, BatchStatus::Full | BatchStatus::Lingered) => {
                Phase::Committing
            }
            Ending::AfterInFlight if has_batch => Phase::Committing,
            Ending::AfterInFlight if self.step_is_pending => Phase::Draining,
            Ending::AfterInFlight => Phase::Ended,
            // What can't grow by reading is not kept waiting.
            Ending::No if (self.schema_is_missing || !self.step_has_room) && has_batch => {
                Phase::Committing
            }
            Ending::No if self.schema_is_missing => Phase::WaitingForSchema,
            Ending::No if !self.step_has_room => Phase::WaitingForStep,
            Ending::No => Phase::Reading,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop that reads, with nothing in work and nothing to commit.
    const IDLE: Status = Status {
        batch: BatchStatus::Empty,
        ending: Ending::No,
        step_has_room: true,
        step_is_pending: false,
        schema_is_missing: false,
    };

    /// Every status there is.
    fn all() -> impl Iterator<Item = Status> {
        use BatchStatus::{Empty, Full, Lingered, Open};
        let bools = [false, true];
        [Empty, Open, Lingered, Full].into_iter().flat_map(move |batch| {
            [Ending::No, Ending::AfterInFlight, Ending::AfterBatch].into_iter().flat_map(
                move |ending| {
                    (0..8).map(move |bits: usize| Status {
                        batch,
                        ending,
                        step_has_room: bools[bits & 1],
                        step_is_pending: bools[bits >> 1 & 1],
                        schema_is_missing: bools[bits >> 2],
                    })
                },
            )
        })
    }

    #[test]
    fn events_lead_from_phase_to_phase() {
        let pending = Status { step_is_pending: true, ..IDLE };
        let no_room = Status { step_has_room: false, ..pending };
        let schema = Status { schema_is_missing: true, ..IDLE };
        let open = Status { batch: BatchStatus::Open, ..IDLE };
        let drains = |status| Status { ending: Ending::AfterInFlight, ..status };
        let stops = |status| Status { ending: Ending::AfterBatch, ..status };
        let table = [
            ("nothing has come", IDLE, Phase::Reading),
            ("a record was given to the step", pending, Phase::Reading),
            ("the step took its last record", no_room, Phase::WaitingForStep),
            ("the step has completed an input", open, Phase::Reading),
            (
                "it has completed one and takes no other",
                Status { batch: BatchStatus::Open, ..no_room },
                Phase::Committing,
            ),
            (
                "no other record has come in time",
                Status { batch: BatchStatus::Lingered, ..IDLE },
                Phase::Committing,
            ),
            (
                "the batch is full",
                Status { batch: BatchStatus::Full, ..pending },
                Phase::Committing,
            ),
            ("the batch was committed", IDLE, Phase::Reading),
            ("a record has an unknown schema", schema, Phase::WaitingForSchema),
            (
                "a record has an unknown schema and others are complete",
                Status { batch: BatchStatus::Open, ..schema },
                Phase::Committing,
            ),
            ("the schema is found", IDLE, Phase::Reading),
            ("the last record was read", drains(pending), Phase::Draining),
            (
                "one of the inputs in work is complete",
                Status { batch: BatchStatus::Open, ..drains(pending) },
                Phase::Committing,
            ),
            ("all inputs in work are committed", drains(IDLE), Phase::Ended),
            ("stop, with a batch", stops(open), Phase::Committing),
            ("stop, with inputs in work", stops(no_room), Phase::Ended),
            ("stop, while a schema is missing", stops(schema), Phase::Ended),
            ("stop, when idle", stops(IDLE), Phase::Ended),
        ];
        for (event, status, phase) in table {
            assert_eq!(status.phase(), phase, "{event}");
        }
    }

    #[test]
    fn only_a_batch_is_committed_and_a_full_one_is_before_all_else() {
        for status in all() {
            let phase = status.phase();
            match status.batch {
                BatchStatus::Empty => assert_ne!(phase, Phase::Committing, "{status:?}"),
                BatchStatus::Open => {}
                BatchStatus::Full | BatchStatus::Lingered => {
                    assert_eq!(phase, Phase::Committing, "{status:?}");
                }
            }
        }
    }

    #[test]
    fn a_loop_that_is_to_end_reads_nothing_and_loses_no_batch() {
        for status in all().filter(|status| status.ending != Ending::No) {
            let phase = status.phase();
            assert!(
                matches!(phase, Phase::Committing | Phase::Draining | Phase::Ended),
                "{status:?}: {phase:?}"
            );
            if phase == Phase::Ended {
                assert_eq!(status.batch, BatchStatus::Empty, "{status:?}");
            }
        }
    }

    #[test]
    fn nothing_is_read_without_room_or_schema() {
        for status in all().filter(|status| status.phase() == Phase::Reading) {
            assert!(status.step_has_room && !status.schema_is_missing, "{status:?}");
        }
    }
}
