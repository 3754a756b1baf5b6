//! The real binary on real projects with a real CPython.

mod bad_input;
mod builtin;
mod claims;
mod commands;
mod compare;
mod faults;
mod hash;
mod interruption;
mod red_dict;
mod storage;
mod support;
