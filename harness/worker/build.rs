//! Finds libpython at run time, and remembers which Python the worker was built with, and how.

fn main() {
    // Without this a second libpython on the machine may be loaded with this one's standard library.
    pyo3_build_config::add_libpython_rpath_link_args();

    let python = pyo3_build_config::get();
    println!("cargo:rustc-env=RUSTWORTHY_BUILD_PYTHON={}", python.executable().unwrap_or_default());
    // For the build scripts of the programs that workers are part of, as `DEP_RUSTWORTHY_WORKER_LIBPYTHON` and the like.
    if let (true, Some(folder)) = (python.shared(), python.lib_dir()) {
        println!("cargo:libpython={folder}");
    }
    let opt_level = std::env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo:opt_level={opt_level}");
    println!("cargo:rustc-env=RUSTWORTHY_WORKER_OPT_LEVEL={opt_level}");
    println!("cargo:rerun-if-changed=build.rs");
}
