//! `gate`: has anything become slower?

use anyhow::Result;

use super::request::{GateRequest, Gated, Old};
use super::{imported, revision, saved};
use crate::context::Context;

/// Measures both sides, or reads measurements of them, and judges; `None` where there was nothing to gate.
///
/// # Errors
/// When the request can't be met: manifest, revision, saved run, Python, build, a service or a callable that it names isn't
/// as it should be.
pub fn gate(context: &Context<'_>, request: &GateRequest) -> Result<Option<Gated>> {
    match &request.old {
        Old::Import([old, new]) => imported::gate(context, request, old, new).map(Some),
        Old::Against(against) => match saved::find(request, against)? {
            Some(file) => saved::gate(context, request, against, &file),
            None => revision::gate(context, request, against),
        },
    }
}
