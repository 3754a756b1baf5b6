//! Compiles the `.proto` files without `protoc`, and finds libpython at run time.

use std::error::Error;
use std::path::{Path, PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    pyo3_build_config::add_libpython_rpath_link_args();

    println!("cargo:rerun-if-changed=proto");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    for name in ["orders", "routes"] {
        compile(name, &folder)?;
    }
    Ok(())
}

/// Writes the Rust code of `proto/NAME.proto` and, for the Python side, its descriptors into the folder.
fn compile(name: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut descriptors = protox::compile([format!("proto/{name}.proto")], ["proto"])?;
    tonic_prost_build::configure().build_client(false).compile_fds(descriptors.clone())?;

    // Without comments and line numbers, which Python has no use for.
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    std::fs::write(folder.join(format!("{name}.binpb")), descriptors.encode_to_vec())?;
    Ok(())
}
