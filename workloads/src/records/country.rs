//! Countries and their taxes.

use serde::{Serialize, Serializer};

use super::text;
use crate::endpoint::Refusal;

/// Codes in order, and rates.
const TAX: [(&str, f64); 28] = [
    ("AT", 0.2),
    ("BE", 0.21),
    ("BG", 0.2),
    ("CY", 0.19),
    ("CZ", 0.21),
    ("DE", 0.19),
    ("DK", 0.25),
    ("EE", 0.24),
    ("ES", 0.21),
    ("FI", 0.255),
    ("FR", 0.2),
    ("GR", 0.24),
    ("HR", 0.25),
    ("HU", 0.27),
    ("IE", 0.23),
    ("IT", 0.22),
    ("LT", 0.21),
    ("LU", 0.17),
    ("LV", 0.21),
    ("MT", 0.18),
    ("NL", 0.21),
    ("PL", 0.23),
    ("PT", 0.23),
    ("RO", 0.21),
    ("SE", 0.25),
    ("SI", 0.22),
    ("SK", 0.23),
    ("SS", 0.18),
];

/// A country whose tax is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(u8);

impl Country {
    /// All of them, in the order of their [index](Self::index).
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self).take(TAX.len())
    }

    /// The country of that code, which may have blanks around it and be in lower case.
    ///
    /// # Errors
    /// `KeyError` for an unknown one.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let code = text::upper(text::stripped(text));
        Self::of_code(&code).ok_or_else(|| Refusal::new("KeyError", code))
    }

    /// The country of exactly that code.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        Self::all().find(|country| country.code() == code)
    }

    pub(super) fn code(self) -> &'static str {
        TAX[self.index()].0
    }

    /// Its tax, as a share of the price.
    pub(super) fn rate(self) -> f64 {
        TAX[self.index()].1
    }

    pub(super) fn index(self) -> usize {
        self.0.into()
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// A sum for each country, from which come the shares in it.
#[derive(Default)]
pub(super) struct Sums([f64; TAX.len()]);

impl Sums {
    pub(super) fn add(&mut self, country: Country, total: f64) {
        self.0[country.index()] += total;
    }

    pub(super) fn share(&self, country: Country, total: f64) -> f64 {
        total / self.0[country.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_spelling_that_python_makes_upper_case() {
        for (text, code) in [("SE", "SE"), ("\u{a0}se\r\n", "SE"), ("ﬁ", "FI"), ("ß", "SS"), ("ıt", "IT")] {
            assert_eq!(Country::parse(text).map(Country::code), Ok(code), "{text:?}");
        }
        assert_eq!(Country::parse(" xx"), Err(Refusal::new("KeyError", "XX")));
        assert_eq!(Country::parse(""), Err(Refusal::new("KeyError", "")));
    }

    #[test]
    fn each_has_an_index_of_its_own() {
        assert!(Country::all().all(|country| Country::of_code(country.code()) == Some(country)));
    }
}
