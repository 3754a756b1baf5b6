//! The messages of `proto/orders.proto`.

include!("../../proto/rustworthy.orders.rs");
