//! What the runtime promises, on a real broker, with toy flows as real processes.

mod steady;
