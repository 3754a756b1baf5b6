//! The manifest: `rustworthy.toml`, or `[tool.rustworthy]` in `pyproject.toml`.

mod project;

pub use project::*;
