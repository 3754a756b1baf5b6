//! How the service answers, over HTTP and gRPC alike.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::endpoint::Refusal;

/// Longest request or response body, and gRPC message, in bytes. Callers raise their own limits to it.
pub const LONGEST_BODY: usize = 256 << 20;

/// Why there is no answer.
pub(crate) enum Failure {
    /// There can't be one.
    Refused(Refusal),
    /// There should have been one.
    Panicked,
}

/// Computes an answer while other threads see to other callers. A panic ends the answer, not the server.
pub(crate) fn compute<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Failure> {
    let caught = tokio::task::block_in_place(|| catch_unwind(AssertUnwindSafe(work)));
    caught.map_err(|_| Failure::Panicked)?.map_err(Failure::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_more_than_a_failure() {
        let failure = compute(|| -> Result<(), Refusal> { panic!("oops") });
        assert!(matches!(failure, Err(Failure::Panicked)));
        assert_eq!(compute(|| Ok(5)).ok(), Some(5));
    }
}
