//! ekspiper flow transaction-record.
