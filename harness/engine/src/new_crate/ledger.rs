//! Where Rust differs from Python by nature, and how often the recorded calls meet it.

use serde_json::Value;

use super::facts::Facts;

/// One thing that Rust does otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) topic: &'static str,
    /// What Python does, and what Rust does where nobody takes care.
    pub(crate) differs: &'static str,
    /// Recorded calls that meet it.
    pub(crate) calls: u64,
    /// Whether the function's code shows it.
    pub(crate) in_source: bool,
}

/// What there is to look for.
struct Topic {
    topic: &'static str,
    differs: &'static str,
    /// Whether a value, anywhere in arguments or results, meets it.
    value: fn(&Value) -> bool,
    /// Whether a call as a whole does.
    call: fn(&Value) -> bool,
    source: fn(&Facts) -> bool,
}

const NOT: fn(&Value) -> bool = |_| false;
const NOWHERE: fn(&Facts) -> bool = |_| false;

const TOPICS: [Topic; 13] = [
    Topic {
        topic: "ints beyond 64 bits",
        differs: "Python's ints have no end; i64 overflows, which panics here (overflow-checks in Cargo.toml): use checked_add and \
                  such, and call.original() where they give None",
        value: |value| matches!(tag(value), Some("int")) && text(value).parse::<i64>().is_err(),
        call: NOT,
        source: NOWHERE,
    },
    Topic {
        topic: "division and remainder of negative numbers",
        differs: "Python rounds // down, and % has the sign of the divisor; / and % of Rust round towards zero: use div_euclid and \
                  rem_euclid for positive divisors",
        value: |value| value.as_i64().is_some_and(|number| number < 0),
        call: NOT,
        source: |facts| facts.source.contains("//") || facts.source.contains(" % ") || facts.source.contains("divmod("),
    },
    Topic {
        topic: "lone surrogates",
        differs: "a str of Python may hold them, and one of Rust can't: such arguments are answered by Python",
        value: |value| tag(value) == Some("str"),
        call: NOT,
        source: |facts| facts.source.contains("surrogate"),
    },
    Topic {
        topic: "texts that aren't ASCII",
        differs: "Python counts and slices by code points, Rust by bytes of UTF-8: use char_indices, or chars().count()",
        value: |value| value.as_str().is_some_and(|text| !text.is_ascii()),
        call: NOT,
        source: |facts| ["len(", "[:", ":]", ".find(", ".index("].iter().any(|sign| facts.source.contains(sign)),
    },
    Topic {
        topic: "upper and lower case, white space",
        differs: "lower() and upper() of both follow Unicode, of versions of their own; casefold(), title() and capitalize() have no \
                  equal in Rust's standard library; split() and strip() of Python take U+001C to U+001F for white space too",
        value: NOT,
        call: NOT,
        source: |facts| {
            let signs = [
                ".lower(",
                ".upper(",
                ".casefold(",
                ".title(",
                ".capitalize(",
                ".split()",
                ".strip()",
                ".isspace(",
                ".isalpha(",
                ".isdigit(",
            ];
            signs.iter().any(|sign| facts.source.contains(sign))
        },
    },
    Topic {
        topic: "regular expressions",
        differs: "both match all of Unicode, and not the same of it: \\w of Python is what isalnum() says, that of the crate regex takes marks \
                  and no ½; \\s of Python takes U+001C to U+001F too; \\d is alike but for versions of Unicode. regex has neither \
                  look-around nor back-references",
        value: NOT,
        call: NOT,
        source: |facts| !facts.patterns.is_empty(),
    },
    Topic {
        topic: "floats as texts",
        differs: "Python writes 1e+16, 1e-05, 1.0, inf and nan; Rust 10000000000000000, 0.00001, 1, inf and NaN. round() of Python goes to \
                  even on the number's exact value, f64::round away from zero: there is round_ties_even",
        value: NOT,
        call: NOT,
        source: |facts| {
            let signs = ["round(", "float(", "repr(", "%.", ":.", "format(", "str("];
            signs.iter().any(|sign| facts.source.contains(sign))
        },
    },
    Topic {
        topic: "NaN and infinities",
        differs: "NaN isn't equal to itself in either, but in dicts, sets and lists Python looks at the object first; f64 is neither Ord nor \
                  Hash. Division by zero raises in Python and gives an infinity in Rust",
        value: |value| tag(value) == Some("float"),
        call: NOT,
        source: |facts| {
            let signs = ["isnan", "isinf", "math.nan", "math.inf", "\"nan\"", "'nan'", "\"inf\"", "'inf'"];
            signs.iter().any(|sign| facts.source.contains(sign))
        },
    },
    Topic {
        topic: "order of dicts",
        differs: "dicts of Python keep the order of insertion; HashMap has none, and BTreeMap that of its keys: use PyDict, or the crate \
                  indexmap",
        value: |value| {
            value.as_object().is_some_and(|one| {
                matches!(one.get("$").and_then(Value::as_str), None | Some("dict" | "counter" | "defaultdict"))
            })
        },
        call: NOT,
        source: |facts| {
            facts.source.contains("dict(") || facts.source.contains(".items()") || facts.source.contains(".setdefault(")
        },
    },
    Topic {
        topic: "keys that are equal and of different types",
        differs: "1, 1.0 and True are one key of a dict in Python, and three values in Rust",
        value: |value| tag(value) == Some("dict"),
        call: NOT,
        source: NOWHERE,
    },
    Topic {
        topic: "arguments that are changed",
        differs: "what the function does to lists, dicts and objects that it was given has to be done to the same objects: through Bound, \
                  not through a Vec or HashMap, which are copies",
        value: NOT,
        call: |call| call.get("after").is_some_and(|after| !after.is_null()),
        source: NOWHERE,
    },
    Topic {
        topic: "exceptions",
        differs: "an error of Rust becomes an exception only where the body makes it one: of the same type, with the same message",
        value: NOT,
        call: |call| call.get("raised").is_some_and(|raised| !raised.is_null()),
        source: |facts| facts.source.contains("raise "),
    },
    Topic {
        topic: "recursion",
        differs: "Python raises RecursionError; Rust overflows its stack, which ends the process: bound the depth, or use a stack of your own",
        value: NOT,
        call: NOT,
        source: |facts| facts.is_recursive,
    },
];

/// What the recorded calls and the code of a function meet, the most frequent first; then what they don't.
pub(crate) fn ledger(calls: &[Value], facts: &Facts) -> Vec<Row> {
    let mut rows: Vec<Row> = TOPICS
        .iter()
        .map(|topic| Row {
            topic: topic.topic,
            differs: topic.differs,
            calls: calls.iter().filter(|call| meets(call, topic)).count() as u64,
            in_source: (topic.source)(facts),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.calls, row.in_source)));
    rows
}

fn meets(call: &Value, topic: &Topic) -> bool {
    (topic.call)(call)
        || ["args", "result"].iter().filter_map(|part| call.get(*part)).any(|part| within(part, topic.value))
        || {
            // Names of parameters are no keys of a dict of the program's.
            call.get("kwargs")
                .and_then(Value::as_object)
                .is_some_and(|named| named.values().any(|value| within(value, topic.value)))
        }
}

/// Whether that is true of a value or of anything that it holds.
fn within(value: &Value, is_met: fn(&Value) -> bool) -> bool {
    // Of lists and tags the parts count.
    let is_itself = || is_met(value);
    let is_inside = || match value {
        Value::Array(items) => items.iter().any(|item| within(item, is_met)),
        Value::Object(parts) => {
            parts.iter().filter(|(name, _)| !["$", "text", "class"].contains(&name.as_str())).any(|(name, part)| {
                // What a tag holds by name is no dict.
                match (parts.contains_key("$"), name.as_str(), part) {
                    (true, "state", Value::Object(state)) => state.values().any(|value| within(value, is_met)),
                    _ => within(part, is_met),
                }
            })
        }
        _ => false,
    };
    is_itself() || is_inside()
}

fn tag(value: &Value) -> Option<&str> {
    value.as_object()?.get("$")?.as_str()
}

fn text(value: &Value) -> &str {
    value.get("text").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::facts;
    use super::*;
    use serde_json::json;

    fn met(calls: &[Value], source: &str) -> Vec<(&'static str, u64, bool)> {
        let rows = ledger(calls, &facts("f", "x", source));
        rows.into_iter()
            .filter(|row| row.calls > 0 || row.in_source)
            .map(|row| (row.topic, row.calls, row.in_source))
            .collect()
    }

    #[test]
    fn what_recorded_calls_meet_is_counted_by_call() {
        let calls = [
            json!({"args": [["ä", {"$": "int", "text": "18446744073709551616"}]], "kwargs": {}, "result": null}),
            json!({"args": [["ö", "ü"]], "kwargs": {}, "result": {"$": "float", "text": "nan"}}),
            json!({"args": [{"$": "object", "class": "a:B", "state": {"x": -1}}], "kwargs": {"y": 1}, "result": 1}),
        ];
        assert_eq!(
            met(&calls, ""),
            [
                ("texts that aren't ASCII", 2, false),
                ("ints beyond 64 bits", 1, false),
                ("division and remainder of negative numbers", 1, false),
                ("NaN and infinities", 1, false),
            ]
        );
    }

    #[test]
    fn what_the_code_shows_is_told_without_any_call() {
        let topics: Vec<&str> =
            met(&[], "def f(x):\n    return x // 2 if x else raise ValueError()").iter().map(|one| one.0).collect();
        assert_eq!(topics, ["division and remainder of negative numbers", "exceptions"]);
    }

    #[test]
    fn a_call_without_anything_special_meets_nothing() {
        let call = json!({"args": ["plain", 1, 2.5, [true, null]], "kwargs": {}, "result": "plain", "after": null, "raised": null});
        assert_eq!(met(&[call], ""), []);
    }
}
