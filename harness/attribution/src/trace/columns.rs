//! Which columns of a table of spans hold what.

use std::collections::BTreeMap;

use rustworthy_model::spelling::did_you_mean;

/// What a column holds of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Trace,
    Span,
    Parent,
    Name,
    Service,
    Start,
    End,
    Duration,
    Kind,
    Status,
    State,
    Attributes,
    Resource,
}

impl Role {
    /// All of them, by the words that name them, with the columns of the OpenTelemetry Collector's exporter to ClickHouse
    /// (`otel_traces`), which has no column of ends.
    const ALL: [(Self, &'static str, Option<&'static str>); 13] = [
        (Self::Trace, "trace", Some("TraceId")),
        (Self::Span, "span", Some("SpanId")),
        (Self::Parent, "parent", Some("ParentSpanId")),
        (Self::Name, "name", Some("SpanName")),
        (Self::Service, "service", Some("ServiceName")),
        (Self::Start, "start", Some("Timestamp")),
        (Self::End, "end", None),
        (Self::Duration, "duration", Some("Duration")),
        (Self::Kind, "kind", Some("SpanKind")),
        (Self::Status, "status", Some("StatusCode")),
        (Self::State, "state", Some("TraceState")),
        (Self::Attributes, "attributes", Some("SpanAttributes")),
        (Self::Resource, "resource", Some("ResourceAttributes")),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(role, ..)| *role == self).map_or("", |(_, word, _)| word)
    }

    fn default_column(self) -> Option<&'static str> {
        Self::ALL.into_iter().find(|(role, ..)| *role == self).and_then(|(.., column)| column)
    }

    /// Whether it is a time, whose numbers count something.
    pub(super) fn has_unit(self) -> bool {
        matches!(self, Self::Start | Self::End | Self::Duration)
    }
}

/// What plain numbers of times count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Nanos,
    Micros,
    Millis,
    Seconds,
}

impl Unit {
    const WORDS: [(&'static str, Self); 4] =
        [("ns", Self::Nanos), ("us", Self::Micros), ("ms", Self::Millis), ("s", Self::Seconds)];

    /// How many nanoseconds one is.
    pub(super) fn nanos(self) -> i64 {
        match self {
            Self::Nanos => 1,
            Self::Micros => 1_000,
            Self::Millis => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }
}

/// Which columns of a table of spans hold what: those that are named, and for the rest those of the OpenTelemetry Collector's
/// exporter to ClickHouse.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns(BTreeMap<Role, Named>);

/// A column that a user has named.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    column: String,
    unit: Option<Unit>,
}

impl Columns {
    /// The words that name what a column holds, as [`Self::name`] takes them.
    pub fn words() -> Vec<&'static str> {
        Role::ALL.into_iter().map(|(_, word, _)| word).collect()
    }

    pub(super) fn roles() -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().map(|(role, ..)| role)
    }

    /// Takes in which column holds what, `trace=trace_id`; those of times may say what their numbers count, `duration=took:ms`.
    ///
    /// # Errors
    /// For what isn't of that form, something that no column holds, and for what is named twice.
    pub fn name(&mut self, text: &str) -> Result<(), String> {
        let expected = || format!("'{text}' isn't of the form ROLE=COLUMN, such as trace=TraceId");
        let (word, column) = text.split_once('=').ok_or_else(expected)?;
        let (word, column) = (word.trim(), column.trim());
        let Some((role, ..)) = Role::ALL.into_iter().find(|(_, known, _)| *known == word) else {
            let meant = did_you_mean(word, Self::words()).map(|meant| format!("; did you mean '{meant}'?"));
            let there_are = || format!("; there are {}", Self::words().join(", "));
            return Err(format!("spans have no '{word}'{}", meant.unwrap_or_else(there_are)));
        };
        let with_unit = column
            .rsplit_once(':')
            .filter(|_| role.has_unit())
            .and_then(|(column, word)| Some((column, Unit::WORDS.into_iter().find(|(known, _)| *known == word)?.1)));
        let (column, unit) = with_unit.map_or((column, None), |(column, unit)| (column, Some(unit)));
        if column.is_empty() {
            return Err(expected());
        }
        match self.0.insert(role, Named { column: column.to_owned(), unit }) {
            None => Ok(()),
            Some(before) => Err(format!("{word} is named twice, '{}' and '{column}'", before.column)),
        }
    }

    /// Those that were named, as [`Self::name`] takes them.
    pub(super) fn named(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(role, Named { column, unit })| {
            let word = unit.and_then(|unit| Unit::WORDS.into_iter().find(|(_, known)| *known == unit));
            let unit = word.map(|(word, _)| format!(":{word}")).unwrap_or_default();
            format!("{}={column}{unit}", role.word())
        })
    }

    /// The column that holds this, and whether a user has named it; `None` where there is none by default.
    pub(super) fn of(&self, role: Role) -> Option<(&str, bool)> {
        let named = self.0.get(&role).map(|named| (&named.column[..], true));
        // Whoever says where spans end doesn't mean the duration that another column may hold.
        let is_replaced = role == Role::Duration && self.0.contains_key(&Role::End);
        named.or_else(|| Some((role.default_column().filter(|_| !is_replaced)?, false)))
    }

    /// What the plain numbers of a column count.
    pub(super) fn unit(&self, role: Role) -> Option<Unit> {
        self.0.get(&role)?.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(texts: &[&str]) -> Result<Columns, String> {
        let mut columns = Columns::default();
        texts.iter().try_for_each(|text| columns.name(text))?;
        Ok(columns)
    }

    #[test]
    fn what_is_not_named_is_as_clickhouse_has_it() {
        let columns = named(&["trace=trace_id", "duration=took:ms", "name=a:ms"]).unwrap();
        assert_eq!(columns.of(Role::Trace), Some(("trace_id", true)));
        assert_eq!(columns.of(Role::Span), Some(("SpanId", false)));
        assert_eq!((columns.of(Role::End), columns.unit(Role::Start)), (None, None));
        assert_eq!(
            (columns.of(Role::Duration), columns.unit(Role::Duration)),
            (Some(("took", true)), Some(Unit::Millis))
        );
        assert_eq!(columns.of(Role::Name), Some(("a:ms", true)));
        assert_eq!(columns.named().collect::<Vec<_>>(), ["trace=trace_id", "name=a:ms", "duration=took:ms"]);
        let by_end = named(&["end=finished"]).unwrap();
        assert_eq!((by_end.of(Role::End), by_end.of(Role::Duration)), (Some(("finished", true)), None));
    }

    #[test]
    fn what_names_no_column_is_refused() {
        for (texts, says) in [
            (&["trace"][..], "isn't of the form ROLE=COLUMN"),
            (&["trace="], "isn't of the form ROLE=COLUMN"),
            (&["start=:ms"], "isn't of the form ROLE=COLUMN"),
            (&["trase=a"], "did you mean 'trace'?"),
            (&["x=a"], "there are trace, span, parent"),
            (&["trace=a", "trace=b"], "trace is named twice, 'a' and 'b'"),
        ] {
            let error = named(texts).unwrap_err();
            assert!(error.contains(says), "{texts:?}: {error}");
        }
    }
}
