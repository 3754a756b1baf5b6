//! Numbers of results that contradict themselves, whatever the result is of.

use serde_json::Value;

/// What of a result can't be: an estimate outside of its interval, a share of more than all.
pub(crate) fn contradictions(result: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look("", result, &mut found);
    found
}

fn look(place: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let number = |key: &str| members.get(key).and_then(Value::as_f64);
            if let (Some(estimate), Some(low), Some(high)) = (number("estimate"), number("low"), number("high"))
                && !(low <= estimate && estimate <= high)
            {
                found.push(format!("{place}: {value}"));
            }
            members.iter().for_each(|(key, member)| look(&format!("{place}.{key}"), member, found));
        }
        Value::Array(elements) => {
            let elements = elements.iter().enumerate();
            elements.for_each(|(index, element)| look(&format!("{place}[{index}]"), element, found));
        }
        Value::Number(number) => {
            // More of the processors may be asked for than there are, and a library may bring more than Rust does.
            let may_exceed =
                place.contains("processors_share") || place.contains(".reasons[") && place.contains("].share");
            let is_share =
                place.contains("share") && !may_exceed || place.contains(".bands[") && place.contains(".functions[");
            if is_share && number.as_f64().is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                found.push(format!("{place}: {number}"));
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
