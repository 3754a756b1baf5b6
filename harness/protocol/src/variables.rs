//! Environment variables by which the program, its workers, services and contenders find each other.

/// The folder of everything that is cached; the user's cache folder by default. Set by users.
pub const CACHE: &str = "RUSTWORTHY_CACHE";

/// Where contenders find the program that measures them.
pub const EXECUTABLE: &str = "RUSTWORTHY_EXECUTABLE";

/// Where inputs and contenders find a folder for their files, which goes when the run ends.
pub const SCRATCH: &str = "RUSTWORTHY_SCRATCH";

/// Begins the variables in which contenders find the address of a service; its name follows, in upper case.
pub const SERVICE_PREFIX: &str = "RUSTWORTHY_SERVICE_";

/// A secret of the run, for services and contenders: a service may refuse requests without it.
pub const TOKEN: &str = "RUSTWORTHY_TOKEN";

/// The folder with the workers that Pythons load; beside the program by default. Set by users.
pub const WORKERS: &str = "RUSTWORTHY_WORKERS";

/// The descriptor of the socket to the engine, for a worker that a Python loads.
pub const SOCKET: &str = "RUSTWORTHY_WORKER_SOCKET";

/// Version of the protocol that the engine speaks, for the worker to check.
pub const PROTOCOL: &str = "RUSTWORTHY_WORKER_PROTOCOL";

/// Takes up room in a worker's environment, which lies above its stack.
pub const PADDING: &str = "RUSTWORTHY_PADDING";

/// The folder to which callgrind writes the counts of a worker that it runs.
pub const COUNTS: &str = "RUSTWORTHY_COUNTS";

/// What [`LIBRARY_PATH`] was before a worker got its own, for the worker to restore.
pub const INHERITED_LIBRARY_PATH: &str = "RUSTWORTHY_INHERITED_LIBRARY_PATH";

/// Seed of Python's string hashes.
pub const HASH_SEED: &str = "PYTHONHASHSEED";

/// What [`HASH_SEED`] was before a worker's Python got its own, for the worker to restore.
pub const INHERITED_HASH_SEED: &str = "RUSTWORTHY_INHERITED_HASH_SEED";

/// Folders that the dynamic linker searches first.
pub const LIBRARY_PATH: &str = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
