//! Every rendering of the results of rustworthy.
//!
//! Renderings decide nothing: they print the verdicts that the [types](rustworthy_model) carry. They know no clock, no
//! process and no measuring code, so the same result always gives the same bytes.
//!
//! A comparison goes through one view model (`view`), which holds every word and rounded number that a reader
//! sees. [`table`], [`markdown`] and [`html`] only set it; [`to_json`] writes the types themselves. The result of a
//! [`gate`] has a view and renderings of its own.

pub mod attribution;
mod audit;
pub mod capture;
mod chart;
mod command;
pub mod decision;
pub mod doctor;
pub mod export;
pub mod gate;
mod html;
mod json;
mod markdown;
mod measure;
pub mod new_crate;
pub mod profile;
pub mod rollout;
mod summary;
mod table;
mod tried;
mod verdict;
mod view;
pub mod visible;
mod words;

pub use html::{Part, html, report};
pub use json::{all_to_json, schema_json, to_json};
pub use markdown::markdown;
pub use table::{TableOptions, standing, table};
pub use view::embedding_warning;
