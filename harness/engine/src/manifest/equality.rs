//! `equal = …`: how outputs are compared.

use super::project::Equality;
use super::quantity::quoted;
use super::suggest::did_you_mean;
use super::value::Value;

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
    if relative.is_none() && absolute.is_none() {
        section.error("has no tolerance; give rel-tol, abs-tol or both");
    }
    section.finish();
    let tolerance = |value: Option<Value<'_>>| value.map_or(Some(0.0), |value| value.number());
    let (relative, absolute) = (tolerance(relative), tolerance(absolute));
    Some(Equality::Tolerance { relative: relative?, absolute: absolute? })
}
