//! What results of rustworthy are made of: their types, their JSON Schemas, and how their numbers read.
//!
//! The engine fills these types in, renderings read them, and neither knows the other. A result is data alone: it
//! knows no clock, no process and no layout. Times are seconds, sizes bytes, shares plain factors (0.05 for 5 %), and
//! unknown is `None`, in JSON `null`.

pub mod attribution;
pub mod capture;
pub mod comparison;
pub mod decision;
pub mod doctor;
pub mod environment;
pub mod equivalence;
mod estimate;
pub mod figures;
pub mod gate;
pub mod new_crate;
pub mod profile;
pub mod rollout;
mod run;
mod schema;
mod series;
pub mod spelling;
pub mod sweep;
pub mod tried;

pub use estimate::Estimate;
pub use run::Run;
pub use schema::{Report, json_schema};
pub use series::Series;
