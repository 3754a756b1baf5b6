//! The manifests of a crate.

use super::Sheet;

/// `Cargo.toml`.
pub(super) fn manifest(sheet: &Sheet<'_>) -> String {
    let Sheet { names, facts, python: (minor, is_free_threaded), .. } = sheet;
    let has_numpy = sheet.proposals.iter().any(|proposal| !proposal.of_numpy.is_empty());
    let numpy = if has_numpy { "numpy = \"0.30\"\n" } else { "" };
    // A free-threaded Python has no stable ABI before 3.15.
    let features =
        if *is_free_threaded { String::new() } else { format!("features = [\"abi3-py3{}\"]", (*minor).clamp(11, 12)) };
    let features = if features.is_empty() { features } else { format!(", {features}") };
    let capture = sheet.capture.map_or(String::new(), |capture| format!("capture = \"{}\"\n", capture.name));
    let is_async = if facts.is_async { "async = true\n" } else { "" };
    format!(
        r#"[package]
name = "{name}"
description = "`{function}` in Rust"
version = "0.1.0"
edition = "2024"
rust-version = "1.85"
publish = false

# What `rustworthy new --check` goes by.
[package.metadata.rustworthy]
function = "{function}"
name = "{called}"
{capture}{is_async}
[lib]
name = "{module}"
crate-type = ["cdylib"]

[dependencies]
{numpy}pyo3 = {{ version = "0.30"{features} }}

[profile.release]
codegen-units = 1
# With `lto = "thin"` a call takes some nanoseconds less, and each build several times as long.
# A number that overflows is an error that shows, not a wrong result that doesn't.
overflow-checks = true

# A workspace of its own, whatever folders it lies in.
[workspace]
"#,
        name = names.package,
        function = facts.function,
        called = facts.name,
        module = names.module,
    )
}

/// `pyproject.toml`.
pub(super) fn pyproject(sheet: &Sheet<'_>) -> String {
    let Sheet { names, facts, python: (minor, _), .. } = sheet;
    format!(
        r#"[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "{name}"
description = "`{function}` in Rust"
version = "0.1.0"
requires-python = ">=3.{minor}"

[project.optional-dependencies]
test = ["hypothesis>=6", "pytest>=7"]

[tool.maturin]
module-name = "{module}._native"
python-source = "python"

[tool.pytest.ini_options]
testpaths = ["tests"]
"#,
        name = names.package,
        function = facts.function,
        module = names.module,
        minor = (*minor).clamp(11, 12),
    )
}
