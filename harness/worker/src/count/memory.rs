//! The state of memory in which counting begins.
//!
//! How many instructions an allocation takes depends on what was allocated and freed before: whether a pool of Python's
//! has a free block, and which free chunks the C library holds. A change that has nothing to do with a function, such as
//! another one beside it, thus moved the count of a function by up to 0.4 %, in the same direction with every seed. So
//! the free blocks of Python's pools and the free chunks of the C library are taken up, which leaves nothing of their history.
//! What is allocated then lies at addresses that are drawn for every process: what they do to a count, as in a set of
//! objects, shows as spread between processes, never as a change.

use pyo3::Python;
use pyo3::ffi::PyObject_Malloc;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Bytes of a pool of Python's allocator, and of the header at its beginning (`Objects/obmalloc.c`, from Python 3.10 on).
const POOL: usize = 16 << 10;
const HEADER: usize = 48;

/// Sizes of blocks in pools: multiples of this up to that.
const STEP: usize = 16;
const LARGEST: usize = 512;

/// Most bytes that are taken up for each size. An allocator without pools is left as it is after that.
const MOST: usize = 4 << 20;

/// Sizes of chunks of the C library that are taken up, in bytes, and how many of each at most. Larger ones it maps.
const LARGEST_CHUNK: usize = 96 << 10;
const SMALLEST_CHUNK: usize = 32;
const MOST_CHUNKS: usize = 1 << 14;
const FIRST_CHUNKS: usize = 32;

/// Most bytes by which what follows is moved.
const SHIFT: usize = 4096;

/// Brings memory into a state that nothing but the seed decides.
pub(super) fn settle(_: Python<'_>, seed: u32) {
    (STEP..=LARGEST).step_by(STEP).for_each(level);
    level_chunks();
    let shift = Pcg64Mcg::seed_from_u64(seed.into()).random_range(1..SHIFT);
    // SAFETY: what is allocated is never used.
    std::hint::black_box(unsafe { libc::malloc(shift) });
}

/// Takes up all free blocks of a size that there are in pools, and half of a fresh pool, for good.
///
/// The allocator takes a fresh pool only when no other has a free block, and fills it in ascending order: where it has gone
/// through one from its beginning to its end there are none left.
fn level(size: usize) {
    let blocks = (POOL - HEADER) / size;
    let (mut last, mut run) = (0, 0);
    for _ in 0..MOST / size {
        // SAFETY: the interpreter is held, and what is allocated is never used.
        let block = unsafe { PyObject_Malloc(size) }.addr();
        run = if block == last + size { run + 1 } else { 1 };
        last = block;
        if run == blocks {
            break;
        }
    }
    for _ in 0..blocks / 2 {
        // SAFETY: as above.
        std::hint::black_box(unsafe { PyObject_Malloc(size) });
    }
}

/// Takes up all free chunks of the C library, for good: the largest first, since one of them serves for anything smaller.
/// What is allocated next comes from the end of the heap, which is where a chunk lies beyond all others.
fn level_chunks() {
    // SAFETY: what is allocated is never used.
    let allocate = |size: usize| unsafe { libc::malloc(size) }.addr();
    // More than the heap has free chunks of that size.
    let mut end = (0..FIRST_CHUNKS).map(|_| allocate(LARGEST_CHUNK)).max().unwrap_or_default();
    let mut size = LARGEST_CHUNK;
    while size >= SMALLEST_CHUNK {
        for _ in 0..MOST_CHUNKS {
            let chunk = allocate(size);
            if chunk > end {
                end = chunk;
                break;
            }
        }
        size -= (size / 32).max(16).next_multiple_of(16);
    }
}
