//! Parts of outputs, by their paths.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Parts of outputs that aren't compared as the rest is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exceptions {
    /// What isn't compared at all.
    pub ignore: Vec<Parts>,
    /// Lists and tuples whose order doesn't count.
    pub unordered: Vec<Parts>,
}

impl Exceptions {
    /// Whether all is compared alike.
    pub fn is_empty(&self) -> bool {
        self.ignore.is_empty() && self.unordered.is_empty()
    }
}

/// Parts of a value by one path, as differences have it, in which `*` stands for any index and any key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts(Vec<Step>);

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// `.name` or `['any text']`: a key or an attribute.
    Name(String),
    /// `[3]`: a place, or a key that is a number.
    Index(u64),
    /// `[*]` or `.*`
    Any,
}

impl Parts {
    /// The word for a value as a whole.
    const WHOLE: &str = "output";

    /// Reads a path such as `[*].id`, `tags` or `.orders[0]['net price']`.
    ///
    /// # Errors
    /// A message that says what is right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is no path; expected one as differences have it, such as \"[*].id\" or \"tags\"");
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix(Self::WHOLE).filter(|rest| !rest.starts_with(is_word)).unwrap_or(text);
        if rest.starts_with(is_word) {
            rest = name(rest, &mut steps);
        }
        while !rest.is_empty() {
            rest = if let Some(after) = rest.strip_prefix(".*") {
                steps.push(Step::Any);
                after
            } else if let Some(after) = rest.strip_prefix('.').filter(|after| after.starts_with(is_word)) {
                name(after, &mut steps)
            } else {
                let inside = rest.strip_prefix('[').ok_or_else(wrong)?;
                let (step, after) = bracket(inside).ok_or_else(wrong)?;
                steps.push(step);
                after
            };
        }
        if text.trim().is_empty() { Err(wrong()) } else { Ok(Self(steps)) }
    }

    /// The steps from the value to its parts; none for the value itself.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// Takes a name off the beginning.
fn name<'t>(text: &'t str, steps: &mut Vec<Step>) -> &'t str {
    let end = text.find(|character| !is_word(character)).unwrap_or(text.len());
    steps.push(Step::Name(text[..end].to_owned()));
    &text[end..]
}

/// What stands in brackets, and what follows them.
fn bracket(text: &str) -> Option<(Step, &str)> {
    for quote in ['\'', '"'] {
        if let Some(inside) = text.strip_prefix(quote) {
            let (name, after) = inside.split_once(quote)?;
            return Some((Step::Name(name.to_owned()), after.strip_prefix(']')?));
        }
    }
    let (inside, after) = text.split_once(']')?;
    let step = if inside == "*" { Step::Any } else { Step::Index(inside.parse().ok()?) };
    Some((step, after))
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(Self::WHOLE);
        }
        for step in &self.0 {
            match step {
                Step::Name(name) if name.chars().all(is_word) => write!(f, ".{name}")?,
                Step::Name(name) => write!(f, "['{name}']")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Any => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_differences_have_them() {
        for (text, read) in [
            ("[*].id", "[*].id"),
            ("tags", ".tags"),
            (".tags", ".tags"),
            ("orders[0]['net price'].*", ".orders[0]['net price'][*]"),
            ("output", "output"),
            ("output[2]", "[2]"),
            ("outputs", ".outputs"),
            ("[\"a'b\"]", "['a'b']"),
        ] {
            assert_eq!(Parts::parse(text).unwrap().to_string(), read, "{text}");
        }
        for text in ["", " ", "[", "[x]", "a..b", "a.", "[1", "['a]", "a b", "[-1]"] {
            assert!(Parts::parse(text).is_err(), "{text}");
        }
    }
}
