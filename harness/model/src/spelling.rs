//! Guesses at what a misspelt word was meant to be.

/// Longer words are not typing errors, and comparing them is slow.
const LONGEST_WORD: usize = 64;

/// The candidate that `word` is most likely a misspelling of, or `None` when none is near.
///
/// Near is an edit distance (Damerau–Levenshtein) of at most a third of the longer word's length, but one edit at
/// least; case doesn't count. Of equally near candidates the first wins.
pub fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&word, &candidate.to_lowercase())?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

/// Edits between two words, or `None` when they are too many for a misspelling.
fn distance(word: &str, candidate: &str) -> Option<usize> {
    let longer = word.chars().count().max(candidate.chars().count());
    if longer > LONGEST_WORD {
        return None;
    }
    let distance = strsim::damerau_levenshtein(word, candidate);
    (distance <= (longer / 3).max(1)).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn the_nearest_candidate_is_suggested() {
        assert_eq!(did_you_mean("maker", ["documents", "make"]).as_deref(), Some("make"));
        assert_eq!(did_you_mean("python_path", ["python-path", "requirements"]).as_deref(), Some("python-path"));
        assert_eq!(did_you_mean("PYTHON", ["python"]).as_deref(), Some("python"));
        assert_eq!(did_you_mean("basline", ["base", "baseline"]).as_deref(), Some("baseline"));
    }

    #[test]
    fn nothing_is_suggested_for_a_word_that_is_like_none() {
        assert_eq!(did_you_mean("zebra", ["input", "sizes"]), None);
        assert_eq!(did_you_mean("zebra", []), None);
    }

    #[test]
    fn a_huge_word_is_not_compared() {
        let word = "a".repeat(1 << 20);
        assert_eq!(did_you_mean(&word, [word.as_str()]), None);
    }
}
