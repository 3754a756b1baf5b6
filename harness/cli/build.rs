//! Finds libpython at run time, and records what the program was built from.

use std::process::Command;

fn main() {
    // Without this a second libpython on the machine may be loaded with this one's standard library.
    if let Ok(folder) = std::env::var("DEP_RUSTWORTHY_WORKER_LIBPYTHON") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }

    // That of the worker, in which all that is timed runs: the program around it may be compiled otherwise.
    let of_worker = std::env::var("DEP_RUSTWORTHY_WORKER_OPT_LEVEL");
    let opt_level = of_worker.or_else(|_| std::env::var("OPT_LEVEL")).unwrap_or_default();
    println!("cargo:rustc-env=RUSTWORTHY_OPT_LEVEL={opt_level}");
    println!("cargo:rustc-env=RUSTWORTHY_PROFILE={}", std::env::var("PROFILE").unwrap_or_default());

    let commit = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    let commit = commit.ok().filter(|output| output.status.success());
    let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo:rustc-env=RUSTWORTHY_COMMIT={}", commit.unwrap_or_default());
    // The log grows with every commit, while HEAD goes on naming the same branch. Git knows where they are, of worktrees too.
    for file in ["HEAD", "logs/HEAD"] {
        let path = Command::new("git").args(["rev-parse", "--git-path", file]).output();
        let path = path.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        if !path.is_empty() && std::path::Path::new(&path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
}
