//! What is generated from `.proto` files is checked in: the Rust code and, for the Python side, the descriptors.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

const NAMES: [&str; 2] = ["orders", "routes"];

/// The digests of the `.proto` files that it was generated from.
const SOURCES: &str = "sources.sha256";

/// The command that generates it anew.
const COMMAND: &str = "cargo test -p rustworthy-workloads --features protox --test proto";

fn proto() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto")
}

/// A line for each `.proto` file, as `sha256sum` writes them.
fn sources() -> String {
    let mut lines = String::new();
    for name in NAMES {
        let digest = Sha256::digest(fs::read(proto().join(format!("{name}.proto"))).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(lines, "{digest}  {name}.proto").unwrap();
    }
    lines
}

#[test]
fn what_is_checked_in_was_generated_from_the_proto_files_as_they_are() {
    let recorded = fs::read_to_string(proto().join(SOURCES)).unwrap();
    assert_eq!(sources(), recorded, "a .proto file has changed: {COMMAND} tells what to copy");
}

#[cfg(feature = "protox")]
#[test]
fn what_is_checked_in_is_what_the_proto_files_generate() {
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let baselines = proto().join("../../python_baselines");
    let mut copies = String::new();
    let mut compare = |name: String, folder: &Path| {
        let (fresh, checked_in) = (fresh.join(&name), folder.join(&name));
        if fs::read(&fresh).unwrap() != fs::read(&checked_in).unwrap_or_default() {
            writeln!(copies, "cp {} {}", fresh.display(), checked_in.display()).unwrap();
        }
    };
    for name in NAMES {
        generate(name, fresh);
        compare(format!("rustworthy.{name}.rs"), &proto());
        compare(format!("{name}.binpb"), &baselines);
    }
    fs::write(fresh.join(SOURCES), sources()).unwrap();
    compare(SOURCES.to_owned(), &proto());
    assert!(copies.is_empty(), "the .proto files generate something else:\n{copies}");
}

/// Writes the Rust code of `NAME.proto` and its descriptors into a folder, without `protoc`.
#[cfg(feature = "protox")]
fn generate(name: &str, folder: &Path) {
    use prost::Message;

    let mut descriptors = protox::compile([proto().join(format!("{name}.proto"))], [proto()]).unwrap();
    let compiler = tonic_prost_build::configure().build_client(false).out_dir(folder).emit_rerun_if_changed(false);
    compiler.compile_fds(descriptors.clone()).unwrap();

    // Without comments and line numbers, which Python has no use for.
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    fs::write(folder.join(format!("{name}.binpb")), descriptors.encode_to_vec()).unwrap();
}
