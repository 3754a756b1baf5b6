//! The messages and the service of `proto/routes.proto`.
#![allow(missing_docs, clippy::all)]

include!("../proto/rustworthy.routes.rs");
