//! The real binary on real projects with a real CPython.

mod advice;
mod attribute;
mod bad_input;
mod builtin;
mod claims;
mod commands;
mod compare;
mod csv_apply;
mod decide;
mod doctor;
mod documents;
mod faults;
mod gate;
mod hash;
mod hosted;
mod inputs;
mod interruption;
mod ndjson;
mod orders;
mod outputs;
mod pixels;
mod profile;
mod quiet;
mod records;
mod red_dict;
mod regex_logs;
mod revision;
mod rollout;
mod routes;
mod storage;
mod sum_squares;
mod support;
mod sweep;
mod turns;
#[path = "../../../../reports/tests/validation/mod.rs"]
mod validation;
