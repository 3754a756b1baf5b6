//! Recorded calls of a function: which capture is meant, and its calls as they're written.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rustworthy_model::capture::Capture;
use serde_json::Value;

use super::facts::Facts;
use crate::capture::{folder, is_name};
use crate::manifest::hint;

/// Recorded calls.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) capture: Capture,
    /// The lines of `calls.jsonl`.
    pub(super) calls: Vec<Value>,
}

/// The recorded calls of that name; without one the newest of the function, if there are any.
///
/// # Errors
/// When those that were asked for aren't there, are of another function, or can't be read.
pub(super) fn recorded(home: &Path, asked: Option<&str>, facts: &Facts) -> Result<Option<Recorded>> {
    let names = names(home);
    if let Some(name) = asked {
        if !is_name(name) || !names.iter().any(|known| known == name) {
            let meant = hint(name, names.iter().map(String::as_str));
            bail!(
                "--capture {name}: there is no such capture{meant}; record one: rustworthy capture {} --name {name} -- python app.py",
                facts.function
            );
        }
        let capture = read(home, name)?;
        if !is_of(&capture, facts) {
            bail!("--capture {name}: it's of {}, and not of {}", capture.function, facts.function);
        }
        return with_calls(home, capture).map(Some);
    }
    // Those that can't be read are of other functions for all that is known.
    let own = names.iter().filter_map(|name| read(home, name).ok()).filter(|capture| is_of(capture, facts));
    let newest = own.max_by_key(|capture| (capture.function == facts.function, capture.finished));
    newest.map(|capture| with_calls(home, capture)).transpose()
}

/// Whether calls are of the function, or of what wraps it.
fn is_of(capture: &Capture, facts: &Facts) -> bool {
    let bare = |function: &str| function.trim_end_matches(".__wrapped__").to_owned();
    bare(&capture.function) == bare(&facts.function)
}

fn names(home: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder(home, "")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_name(name)).collect()
}

/// What is known of a capture.
///
/// # Errors
/// When it isn't there, or can't be read.
pub(super) fn read(home: &Path, name: &str) -> Result<Capture> {
    let file = folder(home, name).join("capture.json");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text)
        .with_context(|| format!("{}: it isn't a capture as this version writes them", file.display()))
}

fn with_calls(home: &Path, capture: Capture) -> Result<Recorded> {
    let file = folder(home, &capture.name).join("calls.jsonl");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let calls = text
        .lines()
        .enumerate()
        .map(|(line, text)| {
            serde_json::from_str(text)
                .with_context(|| format!("{}: line {} is damaged; record the calls anew", file.display(), line + 1))
        })
        .collect::<Result<_>>()?;
    Ok(Recorded { capture, calls })
}
