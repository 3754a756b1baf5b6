//! A commit of a repository.

/// Digits of a hash that are shown.
const SHORT: usize = 12;

/// A commit, and what it was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// What was asked for: a branch, a tag, a hash, `HEAD~2`.
    pub revision: String,
    /// Its full hash.
    pub hash: String,
    /// The first line of its message.
    pub subject: String,
}

impl Commit {
    /// The first digits of its hash.
    pub fn short(&self) -> &str {
        &self.hash[..SHORT.min(self.hash.len())]
    }
}
