//! `new`: a crate that stands for a function in Python. It builds and is equal at once, because its body calls that function; what is
//! left to do is to write the body, and to ask after each edit.

mod build;
mod calls;
mod check;
mod create;
mod existing;
mod facts;
mod ledger;
mod names;
mod needed;
mod place;
mod seen;
#[cfg(test)]
mod testing;
mod text;
mod types;
mod unwritten;

pub use build::{BuildRequest, NotBuilt, build};
pub use check::{CheckRequest, Checked, check};
pub use create::{Created, NewRequest, create};
pub(crate) use needed::building_only;
pub(crate) use unwritten::{Unwritten, leave_out_unwritten};
