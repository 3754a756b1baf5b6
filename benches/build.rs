//! Finds libpython at run time.

fn main() {
    if let Ok(folder) = std::env::var("DEP_RUSTWORTHY_WORKER_LIBPYTHON") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
