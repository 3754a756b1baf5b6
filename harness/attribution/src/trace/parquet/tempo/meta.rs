//! What a block says of itself.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// Names of the file, that of a block which was merged into others already the last.
const NAMES: [&str; 2] = ["meta.json", "meta.compacted.json"];

/// Bytes of it at most.
const LONGEST: u64 = 1 << 20;

/// Versions whose columns are known, with what follows them in previews.
const FORMATS: [&str; 2] = ["vParquet4", "vParquet5"];

/// What of it is looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    format: String,
    #[serde(rename = "dedicatedColumns", default)]
    dedicated: Option<Vec<Dedicated>>,
}

/// An attribute that has a column of its own.
#[derive(Debug, Deserialize)]
struct Dedicated {
    /// `resource` or `event`; of spans where nothing is said.
    #[serde(rename = "s", default)]
    scope: String,
    #[serde(rename = "n")]
    name: String,
    /// `int`; texts where nothing is said.
    #[serde(rename = "t", default)]
    kind: String,
}

/// What has columns of its own for attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Resource,
    Span,
}

impl Meta {
    /// That of the block whose rows are in this file.
    ///
    /// # Errors
    /// When it isn't there, isn't what it has to be, or is of a version whose columns aren't known.
    pub(super) fn beside(data: &Path) -> Result<Self, String> {
        let folder = data.parent().unwrap_or(Path::new(""));
        let mut text = Vec::new();
        for name in NAMES {
            let read = File::open(folder.join(name)).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
            match read {
                Ok(_) => return Self::of(name, &text),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{name} beside it can't be read: {error}")),
            }
        }
        Err("is the data of a block of Tempo without its meta.json, which says what its columns hold; copy the whole folder"
            .to_owned())
    }

    fn of(name: &str, text: &[u8]) -> Result<Self, String> {
        let none =
            |why: &str| format!("{name} beside it is none of a block of Tempo: {why}; copy the whole folder again");
        if text.trim_ascii().is_empty() {
            return Err(none("it is empty"));
        }
        let value: Value = serde_json::from_slice(text).map_err(|error| none(&error.to_string()))?;
        if !value.is_object() {
            return Err(none("it is no object"));
        }
        let meta: Self = serde_json::from_value(value).map_err(|error| none(&error.to_string()))?;
        if FORMATS.iter().any(|known| meta.format.starts_with(known)) {
            return Ok(meta);
        }
        Err(format!(
            "is a block of Tempo in the format {}; {} are read. Tempo's API gives the same traces as OTLP (`curl \
             TEMPO/api/traces/ID`)",
            meta.format,
            FORMATS.join(" and ")
        ))
    }

    /// Attributes of a scope that have columns of their own, each with the name of its column.
    pub(super) fn dedicated(&self, scope: Scope) -> Vec<(&str, String)> {
        let [mut texts, mut numbers] = [0, 0];
        let column = |dedicated: &Dedicated| {
            let (kind, place) = match &dedicated.kind[..] {
                "" | "string" => ("String", &mut texts),
                "int" => ("Int", &mut numbers),
                _ => return None,
            };
            *place += 1;
            Some(format!("{kind}{place:02}"))
        };
        let of_scope = self.dedicated.iter().flatten().filter(|dedicated| match &dedicated.scope[..] {
            "resource" => scope == Scope::Resource,
            "" | "span" => scope == Scope::Span,
            _ => false,
        });
        let mut column = column;
        of_scope.filter_map(|dedicated| Some((&dedicated.name[..], column(dedicated)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_the_columns_of_their_scope_and_type_in_their_order() {
        let text = br#"{"format":"vParquet5","blockID":"1","dedicatedColumns":[{"s":"resource","n":"k8s.pod.name"},
            {"n":"sampler.type"},{"n":"SampleRate","t":"int"},{"s":"event","n":"e"},{"n":"b","t":"blob"},{"n":"sampler.param","o":["blob"]}]}"#;
        let meta = Meta::of("meta.json", text).unwrap();
        let named = |pairs: &[(&'static str, &str)]| {
            pairs.iter().map(|(name, column)| (*name, (*column).to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(meta.dedicated(Scope::Resource), named(&[("k8s.pod.name", "String01")]));
        assert_eq!(
            meta.dedicated(Scope::Span),
            named(&[("sampler.type", "String01"), ("SampleRate", "Int01"), ("sampler.param", "String02")])
        );
        for text in [&br#"{"format":"vParquet4"}"#[..], br#"{"format":"vParquet5-preview5","dedicatedColumns":null}"#] {
            assert!(Meta::of("meta.json", text).unwrap().dedicated(Scope::Span).is_empty());
        }
    }

    #[test]
    fn other_versions_and_what_is_none_are_named() {
        for (text, says) in [
            (
                &br#"{"format":"vParquet3"}"#[..],
                "is a block of Tempo in the format vParquet3; vParquet4 and vParquet5 are read",
            ),
            (br#"{"format":"v2"}"#, "in the format v2"),
            (br#"{"traces":[]}"#, "meta.json beside it is none of a block of Tempo: missing field `format`"),
            (b"{", "EOF"),
            (b"\n", "meta.json beside it is none of a block of Tempo: it is empty; copy the whole folder again"),
            (b"[]", "meta.json beside it is none of a block of Tempo: it is no object; copy the whole folder again"),
        ] {
            let error = Meta::of("meta.json", text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
