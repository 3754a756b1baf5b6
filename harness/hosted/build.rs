//! Has the worker linked as what a Python loads, and remembers which Python that is.

fn main() {
    let python = pyo3_build_config::get();
    let threading = if python.target_abi().kind().is_free_threaded() { "t" } else { "" };
    println!("cargo:rustc-env=RUSTWORTHY_BUILT_FOR={}{threading}", python.version());
    // Where linkers don't leave functions of the executable to be found when it's loaded.
    pyo3_build_config::add_extension_module_link_args();
    println!("cargo:rerun-if-changed=build.rs");
}
