//! Code of contenders, each piece once, its words coloured by their kind.

mod words;

use std::collections::HashMap;

use askama::Template;
use rustworthy_model::figures;

use self::words::{Language, Words};
use super::compared::Compared;
use crate::chart::escape;
use crate::view::SourceView;
use crate::words::heading;

/// Bytes of code up to which a page has it; of what lies beyond it names the place alone.
const LARGEST: usize = 300_000;

/// Contenders that are named beside a piece of code.
const NAMED: usize = 4;

/// What `code.html` is filled with.
#[derive(Template)]
#[template(path = "code.html")]
pub(super) struct Code<'a> {
    pieces: Vec<Piece<'a>>,
    /// Where each piece stands in `pieces`.
    known: HashMap<&'a SourceView, usize>,
    left_out: Option<String>,
}

/// A piece of code.
struct Piece<'a> {
    id: String,
    place: &'a str,
    /// Whose it is, `sum-squares:loop`.
    users: Vec<String>,
    /// An element's content, its text escaped.
    code: String,
}

impl Piece<'_> {
    /// Whose it is, in words.
    fn users(&self) -> String {
        let named = self.users[..self.users.len().min(NAMED)].join(", ");
        match self.users.len().checked_sub(NAMED) {
            Some(more) if more > 0 => format!("{named} and {} more", figures::count(more as u64)),
            _ => named,
        }
    }
}

impl<'a> Code<'a> {
    pub(super) fn new(compared: &'a [Compared]) -> Self {
        let mut code = Self { pieces: Vec::new(), known: HashMap::new(), left_out: None };
        let (mut bytes, mut left_out) = (0, 0_u64);
        let workloads = compared.iter().flat_map(|one| &one.view.workloads);
        for (workload, row) in workloads.flat_map(|workload| workload.rows.iter().map(move |row| (workload, row))) {
            for source in &row.sources {
                let user = format!("{}:{}", workload.name, row.contender);
                if let Some(&place) = code.known.get(source) {
                    code.pieces[place].users.push(user);
                    continue;
                }
                bytes += source.lines.iter().map(|line| line.len() + 1).sum::<usize>();
                if bytes > LARGEST {
                    left_out += 1;
                    continue;
                }
                code.known.insert(source, code.pieces.len());
                let id = format!("code-{}", code.pieces.len() + 1);
                code.pieces.push(Piece { id, place: &source.place, users: vec![user], code: highlighted(source) });
            }
        }
        code.left_out = (left_out > 0).then(|| {
            format!("Code of {} more contenders isn't shown; the result's JSON has it.", figures::count(left_out))
        });
        code
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The element that shows a piece of code, if there is one.
    pub(super) fn anchor(&self, source: &SourceView) -> Option<&str> {
        self.known.get(source).map(|&place| self.pieces[place].id.as_str())
    }
}

/// The code with its words in elements by their class; that of an unknown language without any.
fn highlighted(source: &SourceView) -> String {
    let code: String = source.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    let Some(language) = Language::of_extension(&source.extension) else { return escape(&code) };
    let mut shown = Shown::default();
    for (word, class) in Words::new(language, &code) {
        shown.add(word, class);
    }
    shown.finish()
}

/// Code as it goes into the page.
#[derive(Default)]
struct Shown {
    text: String,
    /// The class of the element that is open; empty where none is.
    open: &'static str,
}

impl Shown {
    fn add(&mut self, text: &str, class: &'static str) {
        // Blanks have no colour.
        let class = if text.trim().is_empty() { self.open } else { class };
        if class != self.open {
            self.close();
            if !class.is_empty() {
                self.text += &format!("<span class=\"{class}\">");
            }
            self.open = class;
        }
        self.text += &escape(text);
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.text += "</span>";
        }
        self.open = "";
    }

    fn finish(mut self) -> String {
        self.close();
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(extension: &str, code: &str) -> String {
        let lines = code.lines().map(str::to_owned).collect();
        highlighted(&SourceView { place: "code:1".into(), extension: extension.into(), lines })
    }

    #[test]
    fn words_of_python_and_rust_are_told_apart() {
        let python = shown("py", "def half(x):\n    # no \"zero\"\n    return x / 2 if x else \"<none>\"");
        for part in [
            "<span class=\"k\">def </span><span class=\"d\">half</span>",
            "<span class=\"c\"># no &quot;zero&quot;\n",
            "<span class=\"k\">return </span>",
            "<span class=\"n\">2 </span>",
            "<span class=\"s\">&quot;&lt;none&gt;&quot;",
        ] {
            assert!(python.contains(part), "{part} in {python}");
        }
        let rust = shown("rs", "pub fn half(x: u64) -> u64 {\n    x / 2 // never \"zero\"\n}");
        for part in ["<span class=\"d\">half</span>", "<span class=\"n\">2 </span>", "<span class=\"c\">// never"] {
            assert!(rust.contains(part), "{part} in {rust}");
        }
    }

    #[test]
    fn what_is_neither_is_plain() {
        assert_eq!(shown("", "if <b>"), "if &lt;b&gt;\n");
        assert_eq!(shown("c", "return"), "return\n");
    }

    #[test]
    fn taking_the_elements_away_leaves_the_code() {
        for extension in ["py", "rs", "c"] {
            let code = "a = \"'''\n'''\"\\\n\u{1F600} fn(def) {{ /* \" */ '\n#[x] // ' \"\n";
            let text = shown(extension, code);
            let plain = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, rest)| rest));
            assert_eq!(plain.collect::<String>(), escape(code), "{extension}");
        }
    }
}
