//! `source`: code behind what Python calls, for people to read.

use std::fs;
use std::io::Read;
use std::path::Path;

use rustworthy_model::comparison::Source;

use super::quantity::quoted;
use super::shared::below;
use super::suggest::hint;
use super::value::{Value, all};

/// Largest file, in bytes, that code is taken from.
const LARGEST_FILE: u64 = 4 << 20;

/// Bytes of a piece of code that are kept.
const LONGEST: usize = 32 << 10;

/// What stands before the name of a function where it's defined, in one language or another.
const DEFINING: [&str; 5] = ["fn", "def", "func", "fun", "function"];

/// One string or several, each a file, relative to the manifest, and functions in it: `FILE`, `FILE:FUNCTION`, or
/// `FILE:FUNCTION, FUNCTION`.
pub(super) fn sources(value: &Value<'_>, folder: &Path) -> Option<Vec<Source>> {
    let pieces: Vec<Vec<Source>> = match value.as_str() {
        Some(_) => vec![named(value, folder)?],
        None => all(value.elements()?.iter().map(|element| named(element, folder)))?,
    };
    Some(pieces.into_iter().flatten().collect())
}

fn named(value: &Value<'_>, folder: &Path) -> Option<Vec<Source>> {
    let text = value.string()?;
    let (name, functions) = match text.rsplit_once(':') {
        Some((name, functions)) if functions.split(',').all(|function| is_name(function.trim())) => {
            (name, functions.split(',').map(str::trim).collect())
        }
        _ => (text, Vec::new()),
    };
    let code = value.accept(read(&below(folder, name)).map_err(|error| format!("{name} {error}")))?;
    if functions.is_empty() {
        return Some(vec![piece(name, &code, 0, code.lines().count())]);
    }
    let find = |function: &str| match definition(&code, function) {
        Some((first, end)) => Some(piece(name, &code, first, end)),
        None => {
            let meant = hint(function, defined(&code));
            value.error(format!("{name} defines no function {}{meant}", quoted(function)));
            None
        }
    };
    all(functions.into_iter().map(find))
}

fn read(file: &Path) -> Result<String, String> {
    let open = fs::File::open(file).and_then(|open| Ok((open.metadata()?.is_file(), open)));
    let (is_file, open) = open.map_err(|error| format!("can't be read ({error}); create it or remove it here"))?;
    if !is_file {
        return Err("is no file; name the file with the code".to_owned());
    }
    let mut bytes = Vec::new();
    open.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("is longer than {} MiB; name a shorter file", LARGEST_FILE >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "is no text; name the file with the code".to_owned())
}

/// Lines of a file from `first` to before `end`, counted from 0.
fn piece(file: &str, code: &str, first: usize, end: usize) -> Source {
    let lines: Vec<&str> = code.lines().skip(first).take(end - first).collect();
    Source { file: file.to_owned(), line: first as u64 + 1, text: shortened(&lines.join("\n")) }
}

/// Code that isn't too long to be kept, cut at the end of a line.
pub fn shortened(code: &str) -> String {
    if code.len() <= LONGEST {
        return code.to_owned();
    }
    let cut = (0..=LONGEST).rev().find(|&place| code.is_char_boundary(place)).unwrap_or_default();
    let whole = code[..cut].rfind('\n').unwrap_or(cut);
    format!("{}\n…", &code[..whole])
}

/// Where a function is defined, with what stands directly before it about it: its first line, and the one after its last.
///
/// A definition ends with the first line that is indented as it is and closes something, or, where it opens nothing, before
/// the first line that isn't indented more.
fn definition(code: &str, function: &str) -> Option<(usize, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let start = lines.iter().position(|line| definition_in(line) == Some(function))?;
    let indent = indent_of(lines[start]);
    let about = |line: &&&str| {
        let is_about = ["///", "//", "#[", "@"].iter().any(|begin| line.trim_start().starts_with(begin));
        is_about && indent_of(line) == indent
    };
    let first = start - lines[..start].iter().rev().take_while(about).count();
    let is_python = lines[start].trim_start().trim_start_matches("async ").starts_with("def ");
    let rest = lines.iter().enumerate().skip(start + 1);
    let end = if is_python {
        let mut beyond = rest.skip_while(|(_, line)| line.trim().is_empty() || indent_of(line) > indent);
        let end = beyond.next().map_or(lines.len(), |(place, _)| place);
        end - lines[start..end].iter().rev().take_while(|line| line.trim().is_empty()).count()
    } else if lines[start].trim_end().ends_with(['}', ';']) {
        start + 1
    } else {
        let mut closing = rest.filter(|(_, line)| indent_of(line) == indent && line.trim_start().starts_with('}'));
        closing.next().map_or(lines.len(), |(place, _)| place + 1)
    };
    Some((first, end))
}

/// Names of the functions that are defined.
fn defined(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(definition_in)
}

/// The name of the function that a line begins to define.
fn definition_in(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| !DEFINING.contains(word));
    let word = words.nth(1)?;
    // Before it come words such as `pub` and `async`, not code.
    let before = line.split_whitespace().take_while(|word| !DEFINING.contains(word));
    let is_plain =
        |word: &str| word.chars().all(|character| character.is_alphanumeric() || "_()\":".contains(character));
    let name = word.split(['(', '<', ':']).next()?;
    (is_name(name) && before.into_iter().all(is_plain)).then_some(name)
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: &str = "use std::fmt;\n\n/// Halves.\n#[inline]\npub(crate) fn half(x: u64) -> u64 {\n    if x > 1 {\n        x / 2\n    } else {\n        0\n    }\n}\n\nfn of<'a>(x: &'a str) -> &'a str { x }\n\nimpl A {\n    // fn gone() {}\n    pub const fn b<T>(\n        &self,\n    ) -> T {\n        half(2)\n    }\n}\n";
    const PYTHON: &str =
        "import x\n\n@cached\ndef half(x):\n    if x:\n\n        return x / 2\n\n\nasync def other():\n    pass\n";

    fn found(code: &str, function: &str) -> Option<String> {
        let (first, end) = definition(code, function)?;
        Some(code.lines().skip(first).take(end - first).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn a_function_is_found_with_what_is_said_about_it() {
        let half = found(RUST, "half").unwrap();
        assert!(half.starts_with("/// Halves.") && half.ends_with("    }\n}"), "{half}");
        assert_eq!(found(RUST, "of").unwrap(), "fn of<'a>(x: &'a str) -> &'a str { x }");
        let method = found(RUST, "b").unwrap();
        assert!(method.contains("pub const fn b<T>(") && method.ends_with("        half(2)\n    }"), "{method}");
        assert_eq!(found(PYTHON, "half").unwrap(), "@cached\ndef half(x):\n    if x:\n\n        return x / 2");
        assert_eq!(found(PYTHON, "other").unwrap(), "async def other():\n    pass");
        assert_eq!(found(RUST, "absent"), None);
    }

    #[test]
    fn functions_that_are_defined_are_named() {
        assert_eq!(defined(RUST).collect::<Vec<_>>(), ["half", "of", "b"]);
        assert_eq!(defined("a fn;\nfn (\nfn\n let x = call(fn y)").collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn long_code_is_cut_at_the_end_of_a_line() {
        let line = "é".repeat(99);
        let code = vec![line.as_str(); 1000].join("\n");
        let short = shortened(&code);
        assert!(short.len() <= LONGEST + 8 && short.ends_with(&format!("{line}\n…")));
        assert_eq!(shortened("short"), "short");
    }

    proptest::proptest! {
        #[test]
        fn no_code_makes_it_panic(code in "(fn |def |a|\\(|\\{|\\}|\n|  |é|<|#\\[|//){0,60}", function in "[a-c]") {
            for name in defined(&code).chain([function.as_str()]) {
                if let Some((first, end)) = definition(&code, name) {
                    proptest::prop_assert!(first < end && end <= code.lines().count());
                }
            }
        }
    }
}
