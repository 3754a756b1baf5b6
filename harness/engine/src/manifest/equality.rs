//! `equal = …`: how outputs are compared.

use rustworthy_protocol::{Exceptions, Parts};

use super::project::Equality;
use super::quantity::quoted;
use super::suggest::did_you_mean;
use super::value::{Value, all};

/// Reads `equal`; without one, outputs have to be exactly the same.
pub(super) fn equality(value: Option<&Value<'_>>) -> Option<Equality> {
    let Some(value) = value else {
        return Some(Equality::Exact);
    };
    match value.as_str() {
        Some("exact") => Some(Equality::Exact),
        Some("value") => Some(Equality::Value),
        Some(text) if text.contains(':') => value.target().map(Equality::Callable),
        Some(text) => {
            let hint = did_you_mean(text, ["exact", "value"]).map(|word| format!("did you mean '{word}'? "));
            value.error(format!(
                "{} isn't known here; {}it can be {}",
                quoted(text),
                hint.unwrap_or_default(),
                value.expected()
            ));
            None
        }
        None => tolerance(value),
    }
}

fn tolerance(value: &Value<'_>) -> Option<Equality> {
    let section = value.section()?;
    let (relative, absolute) = (section.take("rel-tol"), section.take("abs-tol"));
    let (ignore, unordered) = (section.take("ignore"), section.take("unordered"));
    let has_tolerance = relative.is_some() || absolute.is_some();
    let has_parts = ignore.is_some() || unordered.is_some();
    if !has_tolerance && !has_parts {
        section.error("says nothing; give rel-tol, abs-tol, ignore or unordered");
    }
    section.finish();
    let tolerance = |value: Option<Value<'_>>| value.map_or(Some(0.0), |value| value.number());
    let (relative, absolute) = (tolerance(relative), tolerance(absolute));
    let (ignore, unordered) = (parts(ignore), parts(unordered));
    let of =
        if has_tolerance { Equality::Tolerance { relative: relative?, absolute: absolute? } } else { Equality::Exact };
    let parts = Exceptions { ignore: ignore?, unordered: unordered? };
    Some(if has_parts { Equality::Except { of: Box::new(of), parts } } else { of })
}

/// Paths of parts.
fn parts(value: Option<Value<'_>>) -> Option<Vec<Parts>> {
    let Some(value) = value else { return Some(Vec::new()) };
    all(value.elements()?.into_iter().map(|element| element.parsed(Parts::parse)))
}
