//! `module:callable`, the name of a Python callable.

use std::fmt;

use super::project::{Input, Location, Target};
use super::quantity::quoted;

/// Begins the name of recorded calls where they are an input.
pub(super) const CAPTURE: &str = "capture:";

impl Target {
    /// Reads `module:callable`, both of them possibly dotted.
    ///
    /// # Errors
    /// A message that says what is right.
    pub fn parse(text: &str, place: Location) -> Result<Self, String> {
        let Some((module, callable)) = text.split_once(':') else {
            return Err(without_colon(text));
        };
        for (part, what) in [(module, "module"), (callable, "callable")] {
            if !is_dotted_name(part) {
                return Err(format!(
                    "{} isn't the name of a Python {what}; expected \"module:callable\", such as \"inputs:documents\"",
                    quoted(part)
                ));
            }
        }
        Ok(Self { module: module.to_owned(), callable: callable.to_owned(), place })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Callable(target) => target.fmt(f),
            Self::Calls(captured) => write!(f, "{CAPTURE}{}", captured.name),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.callable)
    }
}

fn without_colon(text: &str) -> String {
    let expected = format!("expected \"module:callable\", found {}", quoted(text));
    match text.rsplit_once('.') {
        Some((module, callable)) if is_dotted_name(text) => format!("{expected}; did you mean '{module}:{callable}'?"),
        _ => format!("{expected}; put the module before a colon"),
    }
}

/// Whether Python could accept `a.b.c` as names, keywords and normalisation aside.
fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|name| {
        name.starts_with(|c: char| c == '_' || c.is_alphabetic())
            && name.chars().all(|c| c == '_' || c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        Target::parse(text, Location::default()).map(|target| target.to_string())
    }

    #[test]
    fn modules_and_callables_may_be_dotted() {
        assert_eq!(parse("app.inputs:Maker.make").as_deref(), Ok("app.inputs:Maker.make"));
        assert_eq!(parse("größe:_f2").as_deref(), Ok("größe:_f2"));
    }

    #[test]
    fn a_dot_in_place_of_the_colon_is_understood() {
        insta::assert_snapshot!(
            parse("app.inputs.make").unwrap_err(),
            @"expected \"module:callable\", found 'app.inputs.make'; did you mean 'app.inputs:make'?"
        );
    }

    #[test]
    fn what_python_could_not_import_is_refused() {
        for text in ["", "make", ":", "a:", ":b", "a:b:c", "a b:c", ".a:b", "a..b:c", "a-b:c", "1a:b", "a:b()", "a:b\0"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
