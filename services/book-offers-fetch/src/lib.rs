//! ekspiper flow book-offers-fetch.
