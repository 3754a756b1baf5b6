//! Environment variables by which the harness tells a worker what it has to know before they can talk.

/// The variable that tells the dynamic linker where to look first.
pub const LIBRARY_PATH_VARIABLE: &str = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// What [`LIBRARY_PATH_VARIABLE`] was before a worker got its own, for the worker to restore.
pub const INHERITED_LIBRARY_PATH: &str = "RUSTWORTHY_INHERITED_LIBRARY_PATH";

/// Version of the protocol that the harness speaks, for the worker to check.
pub const PROTOCOL: &str = "RUSTWORTHY_WORKER_PROTOCOL";

/// Takes up room in the environment, which lies above the stack, and so moves the stack. It means nothing.
pub const PADDING: &str = "RUSTWORTHY_PADDING";
