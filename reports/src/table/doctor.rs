//! What the doctor found, for a terminal.

use rustworthy_model::doctor::{Doctor, Finding, Level};
use rustworthy_model::environment::Noise;
use unicode_width::UnicodeWidthStr;

use super::paint::TextStyle;
use super::render::{Page, TableOptions};
use crate::doctor::{Detail, words};
use crate::visible::line;
use crate::words::heading;

/// Room for the longest word for a level, and the gap after it.
const LEVELS: usize = 9;

/// What is measured with and on, what spoils it, and what can be detected nevertheless.
///
/// Findings stand in the order of the result. In brief, what is fine and what is unknown has a line of names.
/// Commands are never broken, so that they can be copied. Control characters in names are spelled out.
pub fn doctor(doctor: &Doctor, options: &TableOptions, detail: Detail) -> String {
    let mut page = Page::new(options);
    page.pairs(&words::facts(&doctor.environment));
    page.blank();
    let is_shown = |finding: &&Finding| detail == Detail::Full || words::is_remarkable(finding);
    for finding in doctor.findings.iter().filter(is_shown) {
        page.finding(finding);
    }
    if detail == Detail::Brief {
        page.in_brief(&doctor.findings);
    }
    if let Some(noise) = &doctor.noise {
        page.noise(noise);
    }
    page.text
}

impl Page {
    /// Names and values in two columns.
    pub(crate) fn pairs(&mut self, pairs: &[(&str, String)]) {
        let width = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or_default() + 2;
        for (name, value) in pairs {
            self.hanging(TextStyle::Faint, &format!("{name:width$}"), TextStyle::Plain, value);
        }
    }

    /// The level, what was found, why it matters, and what to do about it.
    fn finding(&mut self, finding: &Finding) {
        let indent = " ".repeat(LEVELS);
        self.level(words::level(finding), style(finding), &words::finding(finding));
        self.paragraph(TextStyle::Faint, &line(&finding.why), &indent, &indent);
        if let Some(remedy) = &finding.remedy {
            let advice = format!("{indent}→ ");
            self.paragraph(TextStyle::Plain, &line(&remedy.advice), &advice, &format!("{indent}  "));
            if let Some(command) = &remedy.command {
                self.line(&format!("{indent}  {}", TextStyle::Bold.paint(&line(command), self.color)));
            }
        }
    }

    /// Names of the findings that aren't explained at length.
    fn in_brief(&mut self, findings: &[Finding]) {
        let quiet: Vec<&Finding> = findings.iter().filter(|finding| !words::is_remarkable(finding)).collect();
        for word in [words::UNKNOWN, words::FINE] {
            let of_word: Vec<&Finding> =
                quiet.iter().copied().filter(|finding| words::level(finding) == word).collect();
            if let Some(first) = of_word.first() {
                let names: Vec<String> = of_word.iter().map(|finding| line(&finding.name)).collect();
                self.level(word, style(first), &names.join(", "));
            }
        }
        if !quiet.is_empty() {
            self.paragraph(TextStyle::Faint, words::MORE, &" ".repeat(LEVELS), &" ".repeat(LEVELS));
        }
    }

    /// What an A/A test found.
    fn noise(&mut self, noise: &Noise) {
        self.blank();
        self.line(&TextStyle::Bold.paint(heading::NOISE, self.color));
        self.paragraph(TextStyle::Plain, &words::sentence(noise), "", "");
        let [python, rust] = words::detectable(noise);
        self.pairs(&[python, rust, (heading::TEST, words::test(noise))]);
    }

    fn level(&mut self, word: &str, style: TextStyle, text: &str) {
        self.hanging(style, &format!("{word:LEVELS$}"), TextStyle::Plain, text);
    }

    /// A heading with a text beside it, which goes on below itself.
    fn hanging(&mut self, head_look: TextStyle, head: &str, style: TextStyle, text: &str) {
        let room = self.width.saturating_sub(head.width());
        for (index, part) in textwrap::wrap(text, room).iter().enumerate() {
            let head = if index == 0 { head_look.paint(head, self.color) } else { " ".repeat(head.width()) };
            self.line(&format!("{head}{}", style.paint(part, self.color)));
        }
    }
}

fn style(finding: &Finding) -> TextStyle {
    match finding.level {
        Level::Spoils => TextStyle::Problem,
        Level::Note if finding.found.is_none() => TextStyle::Faint,
        Level::Note => TextStyle::Slow,
        Level::Fine => TextStyle::Good,
    }
}
