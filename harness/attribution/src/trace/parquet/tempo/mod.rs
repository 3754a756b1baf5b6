//! Blocks of Grafana Tempo: a folder with `meta.json` and `data.parquet`, in which a row is a trace, with lists of its resources, of
//! their scopes and of the spans of these in it.
//!
//! vParquet4 and vParquet5 are read, whether lists are written with a group of their own (`rs.list.element`) or without. Attributes
//! that have columns of their own in a block are named in its `meta.json`.

mod block;
mod leaf;
mod meta;
mod rows;

pub(super) use block::{collect, is_block};
