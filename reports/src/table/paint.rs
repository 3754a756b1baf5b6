//! Colours and weights, where the caller wants any.

use crate::verdict::Tone;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Plain,
    Bold,
    Faint,
    Good,
    Slow,
    Problem,
}

impl From<Tone> for Look {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Good => Self::Good,
            Tone::Slow => Self::Slow,
            Tone::Problem => Self::Problem,
            Tone::Plain => Self::Plain,
        }
    }
}

impl Look {
    /// Parameters of the "select graphic rendition" sequence (ECMA-48, 8.3.117).
    fn parameters(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Slow => "33",
            Self::Problem => "31",
        }
    }

    /// The text in this look, or as it is without colour.
    pub(crate) fn paint(self, text: &str, color: bool) -> String {
        if !color || self == Self::Plain || text.trim().is_empty() {
            return text.into();
        }
        format!("\x1b[{}m{text}\x1b[0m", self.parameters())
    }
}
