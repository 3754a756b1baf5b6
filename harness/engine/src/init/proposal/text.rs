//! Text of a manifest, whose comments can't become anything else whatever stands in them.

/// Columns of a line.
const COLUMNS: usize = 118;

/// A manifest as it's written.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// An empty line, unless there is one already.
    pub(super) fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    /// Words as a comment, in several lines where one is too short.
    pub(super) fn comment(&mut self, words: &str) {
        self.indented(words, "# ", "# ");
    }

    /// The same, as an entry of a list.
    pub(super) fn entry(&mut self, words: &str) {
        self.indented(words, "#   ", "#     ");
    }

    fn indented(&mut self, words: &str, first: &str, rest: &str) {
        let words = plain(words);
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            if !is_empty && line.chars().count() + word.chars().count() >= COLUMNS {
                self.line(line.trim_end());
                line = rest.to_owned();
            } else if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(line.trim_end());
    }

    /// Lines of a manifest that don't count yet.
    pub(super) fn commented(&mut self, lines: &str) {
        for line in lines.lines() {
            self.line(format!("# {}", plain(line)).trim_end());
        }
    }

    pub(super) fn into_string(self) -> String {
        self.0.trim_end().to_owned() + "\n"
    }
}

/// Text without what ends a line, or what TOML doesn't allow in comments.
fn plain(text: &str) -> String {
    text.chars().map(|one| if one.is_control() || one == '\u{2028}' || one == '\u{2029}' { ' ' } else { one }).collect()
}

/// A text as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A share, `41 % (35–47)`.
pub(super) fn percent(share: &rustworthy_model::Estimate) -> String {
    let one = |share: f64| {
        let percent = 100.0 * share;
        if percent < 9.95 { format!("{percent:.1}") } else { format!("{percent:.0}") }
    };
    format!("{} % ({}–{})", one(share.estimate), one(share.low), one(share.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_broken_between_words_and_stay_comments() {
        let mut text = Text::default();
        text.comment(&"word ".repeat(40));
        text.entry("a name\nwith = \"a line\"\r\u{7f}");
        let text = text.into_string();
        assert!(text.lines().all(|line| line.starts_with("# ") && line.len() <= COLUMNS), "{text}");
        assert!(text.ends_with("#   a name with = \"a line\"\n"), "{text}");
    }

    #[test]
    fn shares_have_their_intervals() {
        let share = |estimate, low, high| percent(&rustworthy_model::Estimate { estimate, low, high });
        assert_eq!(share(0.411, 0.352, 0.473), "41 % (35–47)");
        assert_eq!(share(0.05, 0.012, 0.0999), "5.0 % (1.2–10)");
    }
}
