//! The reference of manifests in Markdown, for the book.

use std::fmt::Write;

use super::form::Form;
use super::project::FILE;
use super::table::{Key, Need, Others, Table};

/// Every table of the manifest with its keys, as Markdown: a section each.
pub fn reference() -> String {
    let mut tables = Vec::new();
    collect(&FILE, &mut tables);
    tables.into_iter().map(section).collect::<Vec<_>>().join("\n")
}

/// A table that is explained, and those below it.
fn collect(table: &'static Table, tables: &mut Vec<&'static Table>) {
    if tables.iter().any(|known| known.id == table.id) {
        return;
    }
    if by_name(table).is_none() {
        tables.push(table);
    }
    let others = table.others.iter().map(|others| &others.form);
    table.keys.iter().map(|key| &key.form).chain(others).for_each(|form| collect_from(form, tables));
}

fn collect_from(form: &'static Form, tables: &mut Vec<&'static Table>) {
    match form {
        Form::Table { table, .. } => collect(table, tables),
        Form::List { of, .. } => collect_from(of, tables),
        Form::Either { forms, .. } => forms.iter().for_each(|form| collect_from(form, tables)),
        _ => {}
    }
}

/// The table that every name of a table stands for, where there is nothing else in it: that alone is explained.
fn by_name(table: &'static Table) -> Option<&'static Table> {
    match table.others.as_ref().map(|others| &others.form) {
        Some(Form::Table { table: named, .. }) if table.keys.is_empty() => Some(named),
        _ => None,
    }
}

fn section(table: &'static Table) -> String {
    let heading = match table.heading {
        words if words.starts_with(char::is_uppercase) => words.to_owned(),
        code => format!("`{code}`"),
    };
    let mut text = format!("<a id=\"{}\"></a>\n\n## {heading}\n\n{}\n\n", table.id, table.about);
    text.push_str("| key | value | if absent | meaning |\n| --- | --- | --- | --- |\n");
    for key in table.keys {
        text.push_str(&row(&format!("`{}`", key.name), &key.form, &absent(key), key.about));
    }
    if let Some(Others { name, form, about, .. }) = &table.others {
        text.push_str(&row(&format!("*{name}*"), form, "", about));
    }
    text
}

fn row(name: &str, form: &'static Form, absent: &str, about: &str) -> String {
    let mut row = format!("| {name} | {} | {absent} | {about}", shown(form));
    if let Form::Choice(choice) = form {
        let words: Vec<String> = choice.words().iter().map(|(word, about)| format!("`\"{word}\"`: {about}")).collect();
        write!(row, " {}.", words.join("; ")).expect("a string takes all");
    }
    row + " |\n"
}

/// What holds where a key isn't there.
fn absent(key: &Key) -> String {
    match key.need {
        Need::Required { .. } => "**required**".to_owned(),
        Need::OneOf(keys) => {
            let others: Vec<String> =
                keys.iter().filter(|other| **other != key.name).map(|other| format!("`{other}`")).collect();
            format!("{} is required", others.join(" or "))
        }
        Need::With(other) => format!("`{other}` is absent too"),
        Need::Optional => "–".to_owned(),
        Need::Default(literal) => format!("`{literal}`"),
    }
}

/// What a value looks like.
fn shown(form: &'static Form) -> String {
    match form {
        Form::Text(_) => "string".to_owned(),
        Form::Written(notation) => notation.name.to_owned(),
        Form::Choice(choice) => {
            let words: Vec<String> = choice.words().iter().map(|(word, _)| format!("`\"{word}\"`")).collect();
            words.join(", ")
        }
        Form::Boolean => "`true` or `false`".to_owned(),
        Form::Whole(least) => format!("whole number, at least {least}"),
        Form::Number(bounds) => bounds.expected().trim_start_matches("a ").to_owned(),
        Form::List { of, .. } => format!("array of: {}", shown(of)),
        Form::Table { table, .. } => {
            let explained = by_name(table);
            let what = if explained.is_some() { "tables" } else { "table" };
            format!("[{what}](#{})", explained.unwrap_or(table).id)
        }
        Form::Either { forms, .. } => forms.iter().map(shown).collect::<Vec<_>>().join(", or "),
    }
}
