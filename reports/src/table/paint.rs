//! Colours and weights, where the caller wants any.

use crate::verdict::Tone;

/// The style of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextStyle {
    Plain,
    Bold,
    Faint,
    Good,
    Slow,
    Problem,
}

impl From<Tone> for TextStyle {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Good => Self::Good,
            Tone::Slow => Self::Slow,
            Tone::Problem => Self::Problem,
            Tone::Plain => Self::Plain,
        }
    }
}

impl TextStyle {
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

    /// The text in this style, or as it is without colour.
    pub(crate) fn paint(self, text: &str, color: bool) -> String {
        if !color || self == Self::Plain || text.trim().is_empty() {
            return text.into();
        }
        format!("\x1b[{}m{text}\x1b[0m", self.parameters())
    }
}
