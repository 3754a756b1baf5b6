//! Compiles the `.proto` files without `protoc`, and finds libpython at run time.

use std::error::Error;
use std::path::PathBuf;

use prost::Message;

const PROTO: &str = "proto/orders.proto";

fn main() -> Result<(), Box<dyn Error>> {
    pyo3_build_config::add_libpython_rpath_link_args();

    println!("cargo:rerun-if-changed={PROTO}");
    let mut descriptors = protox::compile([PROTO], ["proto"])?;
    prost_build::Config::new().compile_fds(descriptors.clone())?;

    // The same without comments and line numbers, for the Python side.
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    std::fs::write(folder.join("orders.binpb"), descriptors.encode_to_vec())?;
    Ok(())
}
