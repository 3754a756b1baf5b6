//! The real binary on real projects with a real CPython.

mod builtin;
mod compare;
mod faults;
mod interruption;
mod storage;
mod support;
