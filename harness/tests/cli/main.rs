//! The real binary on real projects with a real CPython.

mod bad_input;
mod builtin;
mod commands;
mod compare;
mod faults;
mod interruption;
mod regex_logs;
mod storage;
mod support;
