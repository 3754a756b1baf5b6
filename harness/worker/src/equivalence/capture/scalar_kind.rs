//! Which immutable objects their type and text determine.

/// Where the text of a scalar comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScalarKind {
    /// `str`
    Text,
    /// `repr`
    Repr,
    /// `isoformat` and the time zone.
    Moment,
    /// A duration.
    Span,
    /// `os.fspath`
    Path,
}

impl ScalarKind {
    /// The kind of exactly this class: subclasses may hold more data.
    pub(super) fn of(module: &str, name: &str) -> Option<Self> {
        Some(match (module.split('.').next().unwrap_or(module), name) {
            ("decimal", "Decimal") | ("fractions", "Fraction") | ("uuid", "UUID") | ("datetime", "date") => Self::Text,
            ("datetime", "timezone") | ("zoneinfo", "ZoneInfo") => Self::Repr,
            ("datetime", "datetime" | "time") | ("pandas", "Timestamp") => Self::Moment,
            ("datetime", "timedelta") | ("pandas", "Timedelta") => Self::Span,
            ("pandas", "NaTType" | "NAType" | "Period") => Self::Repr,
            ("pathlib", "PosixPath" | "PurePosixPath" | "WindowsPath" | "PureWindowsPath") => Self::Path,
            _ => return None,
        })
    }
}
