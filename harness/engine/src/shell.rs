//! Commands that a reader can copy into a shell.

/// A word as a POSIX shell reads it back.
pub(crate) fn word(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-+=:@%,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(word("/usr/bin/python3.11"), "/usr/bin/python3.11");
        assert_eq!(word("/a b/it's"), r"'/a b/it'\''s'");
        assert_eq!(word(""), "''");
    }
}
