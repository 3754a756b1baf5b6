//! Which modules a Python source imports, going by its text.

/// Top-level names of the modules that a source imports anywhere in it, by statement or by `import_module("name")`.
///
/// Relative imports stay within a package and aren't among them. A text that only looks like an import, as in a docstring,
/// counts as one: a file too many in a digest costs a measurement, one too few a wrong result.
pub(super) fn imported(source: &str) -> Vec<String> {
    let statements = source.lines().flat_map(|line| line.split(';')).map(str::trim_start);
    let mut modules: Vec<&str> = statements.flat_map(of_statement).collect();
    for call in ["import_module(", "__import__("] {
        modules.extend(source.split(call).skip(1).filter_map(literal));
    }
    let names = modules.into_iter().map(top_level);
    names.filter(|name| is_name(name)).map(str::to_owned).collect()
}

/// The first part of a dotted name.
pub(super) fn top_level(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// The modules of one statement.
fn of_statement(statement: &str) -> Vec<&str> {
    // A compound statement may stand on one line: `if x: import y`, `try: from x import y`.
    let statement = match statement.split_once(": ") {
        Some((_, rest)) if rest.starts_with("import ") || rest.starts_with("from ") => rest,
        _ => statement,
    };
    if let Some(rest) = statement.strip_prefix("from ") {
        return rest.split_once(" import").map(|(module, _)| module.trim()).into_iter().collect();
    }
    match statement.strip_prefix("import ") {
        Some(modules) => modules.split(',').filter_map(|module| module.split_whitespace().next()).collect(),
        None => Vec::new(),
    }
}

/// The text literal that a list of arguments begins with.
fn literal(arguments: &str) -> Option<&str> {
    let arguments = arguments.trim_start();
    let quote = arguments.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    arguments[1..].split(quote).next()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|character| character == '_' || character.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn imports_are_found_in_all_their_forms() {
        let source = "import os, one.deep as deep; import two\nfrom three.x import (\n    a,\n    b,\n)\n\
                      def f():\n    from four import *\n    try: import five\n    except ImportError: pass\n\
                      from . import near\nfrom .sibling import x\nimportlib.import_module('six.y')\n\
                      seven = __import__( \"seven\")\nimported = 'no'\nfrom_here = 1\n";
        assert_eq!(imported(source), ["os", "one", "two", "three", "four", "five", "six", "seven"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(import |from |import_module\\(|['\"., ;:\\n()]|[a-zé]){0,60}") {
            prop_assert!(imported(&text).iter().all(|name| is_name(name)));
        }
    }
}
