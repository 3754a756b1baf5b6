//! What is said of a misspelt word.

use super::quantity::quoted;
pub use rustworthy_model::spelling::did_you_mean;

/// What a misspelt word was meant to be, as the end of a message: `; did you mean 'validate'?`, or nothing.
pub fn hint<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    did_you_mean(word, candidates).map(|meant| format!("; did you mean {}?", quoted(&meant))).unwrap_or_default()
}

/// What to use in place of a word that isn't known: the nearest candidate, or all of them.
pub(super) fn remedy(word: &str, candidates: &[&str]) -> String {
    match did_you_mean(word, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean '{candidate}'?"),
        None if candidates.is_empty() => "there are none".to_owned(),
        None => format!("it can be {}", alternatives(candidates)),
    }
}

/// `'a', 'b' or 'c'`
pub(super) fn alternatives(names: &[&str]) -> String {
    let mut names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} or {last}", names.join(", ")) }
}
