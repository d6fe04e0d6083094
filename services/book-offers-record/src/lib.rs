//! ekspiper flow book-offers-record.
