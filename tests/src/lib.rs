//! The promises, on a real broker and the real binaries.
