//! A limit on the size of files, `ulimit -f`, is reported like a full disk.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;
use signal_hook::flag;

/// Lets a write beyond the limit fail with an error instead of ending the process.
///
/// The signal gets a handler and isn't ignored, since ignoring would be inherited by workers, builds and services.
///
/// # Errors
/// When the system refuses the handler.
pub fn survive_size_limit() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}
