//! Where a worker's heap lies in memory. The harness keeps processes that are compared alike in their layout, and has
//! another one drawn for every pair of them: see its own part, which moves the stack.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::protocol::PADDING;

/// Most room that is taken up below the heap: twice the distance at which caches usually can't tell addresses apart.
const MOST: usize = 8192;

/// Moves the heap, and what will be mapped, of this process with that seed. To be called before there is much in it.
pub(super) fn shift(seed: u32) {
    let mut random = Pcg64Mcg::seed_from_u64(seed.into());
    // Below 128 KiB the C library takes it from its heap, above from the system. Neither is ever touched.
    for most in [MOST, 512 * MOST] {
        let room = Vec::<u8>::with_capacity(most + random.random_range(0..most));
        std::mem::forget(std::hint::black_box(room));
    }
    // SAFETY: this process has one thread, and no Python yet.
    unsafe { std::env::remove_var(PADDING) };
}
