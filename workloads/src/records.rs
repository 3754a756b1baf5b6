//! `records`: a pipeline over orders that are dicts of text.
//!
//! Text is treated as by Python's own methods. What works on columns refuses lone surrogates and amounts in digits of
//! other scripts, and letters that came to Unicode after the interpreter change their case by Rust's tables.

pub mod columns;
mod country;
#[cfg(feature = "python")]
pub(crate) mod face;
mod messages;
mod text;
pub mod texts;

use crate::endpoint::{Endpoint, Refusal};
use crate::messages::{Record, RecordsResponse};
use columns::{Columns, parallel};

/// Request: [`Columns`] as a JSON object of arrays. Response: [`Processed`](columns::Processed) in the same form.
pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    name: "records",
    reads_files: false,
    respond: |request| {
        let orders: Columns = sonic_rs::from_slice(request).map_err(|error| not_orders(&error.to_string()))?;
        if !orders.is_rectangular() {
            return Err(not_orders("columns differ in length"));
        }
        sonic_rs::to_vec(&parallel(&orders)?).map_err(|error| Refusal::new("RuntimeError", error.to_string()))
    },
}];

/// Answers a gRPC request.
pub(crate) fn answer(records: &[Record]) -> Result<RecordsResponse, Refusal> {
    Ok(parallel(&Columns::of_messages(records))?.to_message())
}

fn not_orders(why: &str) -> Refusal {
    Refusal::new("ValueError", format!("not the columns of orders: {why}"))
}
