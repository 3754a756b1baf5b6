//! Versions of Python.

use std::fmt;

/// Oldest version, major and minor, that works.
pub const OLDEST: (u32, u32) = (3, 11);

/// A version of Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// 3 in 3.11.7.
    pub major: u32,
    /// 11 in 3.11.7.
    pub minor: u32,
    /// 7 in 3.11.7.
    pub micro: u32,
    /// `sys.version`, which names build and compiler too.
    pub full: String,
}

impl Version {
    /// Reads what `sys.version` or `Py_GetVersion` says: `3.11.7 (main, …) [GCC 12.2.0]`, `3.15.0a1+ …`.
    pub fn parse(full: &str) -> Option<Self> {
        let mut numbers = full.split_whitespace().next()?.splitn(3, '.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        let micro = numbers.next()?;
        let suffix = micro.find(|character: char| !character.is_ascii_digit()).unwrap_or(micro.len());
        let micro = micro[..suffix].parse().ok()?;
        Some(Self { major, minor, micro, full: full.to_owned() })
    }
}

impl fmt::Display for Version {
    /// `3.11.7`, `3.15.0a1+`: the first word of the full version.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.full.split_whitespace().next().unwrap_or_default())
    }
}
