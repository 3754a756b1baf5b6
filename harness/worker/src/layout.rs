//! Where a worker's data lie in memory: its own part of drawing a layout. The engine's part, which moves the stack, and why
//! layouts are drawn at all, stand with the workers in the engine.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Most room that is taken up in the heap, in bytes: twice the distance at which caches usually can't distinguish
/// addresses.
const MOST: usize = 8192;

/// Moves the heap, and what will be mapped, of this process with that seed. To be called before there is much in it.
pub(crate) fn shift(seed: u32) {
    let mut random = Pcg64Mcg::seed_from_u64(seed.into());
    // Below 128 KiB the C library takes it from its heap, above from the system. Neither is ever touched.
    for most in [MOST, 512 * MOST] {
        let room = Vec::<u8>::with_capacity(most + random.random_range(0..most));
        std::mem::forget(std::hint::black_box(room));
    }
}
