//! A column of text.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes to make room for at first, for each text.
const USUAL_LENGTH: usize = 24;

/// Texts, one behind the other in a single piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    joined: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl Texts {
    /// An empty column with room for so many texts.
    pub fn with_capacity(texts: usize) -> Self {
        Self { joined: String::with_capacity(texts * USUAL_LENGTH), ends: Vec::with_capacity(texts) }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at that index.
    ///
    /// # Panics
    /// When there is none.
    pub fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.joined[start..self.ends[index]]
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
    }

    /// Adds all texts of another column.
    pub fn append(&mut self, other: &Self) {
        let offset = self.joined.len();
        self.joined.push_str(&other.joined);
        self.ends.extend(other.ends.iter().map(|end| offset + end));
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut column = Self::default();
        texts.into_iter().for_each(|text| column.push(text.as_ref()));
        column
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a sequence of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Texts, A::Error> {
        let mut column = Texts::default();
        while let Some(text) = texts.next_element::<String>()? {
            column.push(&text);
        }
        Ok(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_went_in() {
        let texts = ["", "Zoë", "", "山田"];
        let mut column: Texts = texts.iter().collect();
        assert_eq!(column.iter().collect::<Vec<_>>(), texts);
        column.append(&column.clone());
        assert_eq!(column.iter().collect::<Vec<_>>(), [texts, texts].concat());
        assert!(Texts::default().is_empty());
    }
}
