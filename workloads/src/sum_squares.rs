//! `sum-squares`: the sum of i² over `range(n)`.

#[cfg(feature = "python")]
pub(crate) mod face;

use std::fmt::Display;
use std::ops::Range;

use rayon::prelude::*;

use crate::endpoint::{Endpoint, Refusal};
use crate::messages::SumSquaresResponse;

/// Largest n: beyond it a square no longer fits 64 bits. Python takes minutes to get there.
pub const MAX_N: u64 = 1 << 32;

/// Numbers that a thread sums at a time, some 50 µs of work.
const CHUNK: u64 = 1 << 16;

/// Request: n in 8 bytes, unsigned. Response: the sum in 16. Both little-endian.
pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    name: "sum-squares",
    reads_files: false,
    respond: |request| {
        let n = request
            .try_into()
            .map_err(|_| Refusal::new("ValueError", format!("n takes 8 bytes, and {} were sent", request.len())))?;
        let n = checked(u64::from_le_bytes(n))?;
        Ok(parallel(n).to_le_bytes().to_vec())
    },
}];

/// Answers a gRPC request.
pub(crate) fn answer(n: u64) -> Result<SumSquaresResponse, Refusal> {
    let sum = parallel(checked(n)?);
    Ok(SumSquaresResponse { high: (sum >> 64) as u64, low: sum as u64 })
}

/// As published: a sum that wraps at 64 bits, and that LLVM replaces by its closed form.
pub fn article(n: u64) -> u64 {
    (0..n).map(|i| i.wrapping_mul(i)).fold(0, u64::wrapping_add)
}

/// The sum over `0..n`, for n up to [`MAX_N`].
pub fn serial(n: u64) -> u128 {
    sum_of_squares(0..n)
}

/// The same on all threads of the rayon pool.
pub fn parallel(n: u64) -> u128 {
    let chunks = (0..n.div_ceil(CHUNK)).into_par_iter();
    chunks.map(|chunk| sum_of_squares(chunk * CHUNK..n.min((chunk + 1) * CHUNK))).sum()
}

/// Adds in 64 bits and carries into 128.
///
/// The check for overflow also keeps this a loop: LLVM replaces a plain 128-bit sum by its closed form, and
/// then any n takes 90 ns. Hiding each i behind `black_box` costs half as much again.
fn sum_of_squares(range: Range<u64>) -> u128 {
    debug_assert!(range.end <= MAX_N);
    let mut carried = 0;
    let mut sum = 0_u64;
    for i in range {
        let square = i * i;
        sum = sum.checked_add(square).unwrap_or_else(|| {
            carried += u128::from(sum);
            square
        });
    }
    carried + u128::from(sum)
}

/// The same n, or an `OverflowError` above [`MAX_N`].
fn checked(n: u64) -> Result<u64, Refusal> {
    if n <= MAX_N { Ok(n) } else { Err(too_large(n)) }
}

fn too_large(n: impl Display) -> Refusal {
    Refusal::new("OverflowError", format!("n is {n}; at most {MAX_N} squares can be summed here"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn closed_form(n: u64) -> u128 {
        let n = u128::from(n);
        if n == 0 { 0 } else { (n - 1) * n * (2 * n - 1) / 6 }
    }

    #[test]
    fn sums_carry_beyond_64_bits() {
        // The first n whose sum doesn't fit a signed, and an unsigned, 64-bit integer.
        for n in [3_024_618, 3_810_779, 5_000_000] {
            assert_eq!(serial(n), closed_form(n));
            assert_eq!(parallel(n), closed_form(n));
        }
    }

    #[test]
    fn the_largest_squares_fit() {
        let tail = MAX_N - 1000..MAX_N;
        let expected: u128 = tail.clone().map(|i| u128::from(i) * u128::from(i)).sum();
        assert_eq!(sum_of_squares(tail), expected);
    }

    proptest! {
        #[test]
        fn any_n_agrees_with_the_closed_form(n in 0..1_000_000_u64) {
            prop_assert_eq!(serial(n), closed_form(n));
            prop_assert_eq!(parallel(n), closed_form(n));
        }
    }
}
