//! Reads requests from traces of production.
