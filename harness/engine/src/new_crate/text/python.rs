//! The Python around the extension, its stub and its test.

use super::{Sheet, TEST};
use crate::new_crate::facts::{Binding, Parameter, ParameterKind};

/// `__init__.py`.
pub(super) fn package(sheet: &Sheet<'_>) -> String {
    let Sheet { names, facts, .. } = sheet;
    let (function, name) = (&facts.function, &facts.name);
    let [replace, restore, fallbacks] = controls(name);
    let exported = if facts.is_async { waiting(name) } else { format!("{name} = _native.{name}\n") };
    let imports = if facts.is_async { "import asyncio\nimport inspect\n\n" } else { "" };
    let crossed = match facts.kind {
        Binding::Method => "The first argument is the object.",
        Binding::ClassMethod => "It takes no class: derived classes are left to Python.",
        _ => "Values of other types than those recorded are left to Python.",
    };
    let mut all = [name.as_str(), &replace, &restore, &fallbacks];
    all.sort_unstable();
    format!(
        r#""""`{function}` in Rust. {crossed}

    {name}(…)        what stands for it
    {replace}()    has everybody who calls `{function}` call that instead, and {restore}() undoes it
    {fallbacks}()  how often Python has answered since the start, by the parameter that was of another type
"""

{imports}try:
    from . import _native
except ImportError as error:
    raise ImportError(
        "the extension of {module} isn't built for this Python; build it: rustworthy new --build {package}"
    ) from error

__all__ = {all}

{exported}{fallbacks} = _native._fallbacks


def {replace}():
    """Has everybody who calls `{function}` call the function in Rust."""
    from . import replacing

    replacing.replace("{function}", {name}, _native._original)


def {restore}():
    """Undoes that."""
    from . import replacing

    replacing.restore("{function}")
"#,
        module = names.module,
        package = names.package,
        all = python_list(&all),
    )
}

/// A coroutine function around what would block the loop.
fn waiting(name: &str) -> String {
    format!(
        r#"
async def {name}(*args, **kwargs):
    """What is computed is computed in a thread, about 0.1 ms away: the loop goes on meanwhile. What the function in Python awaits is
    awaited in the loop."""
    begun = await asyncio.to_thread(_native.{name}, *args, **kwargs)
    return await begun if inspect.isawaitable(begun) else begun


{name}.__signature__ = inspect.signature(_native.{name})
"#
    )
}

/// Names of what isn't the user's, which differ from that of the function.
fn controls(name: &str) -> [String; 3] {
    ["replace", "restore", "fallbacks"].map(|own| if own == name { format!("{own}_") } else { own.to_owned() })
}

/// Plain functions around coroutine functions: recorded calls are made one after the other.
pub(super) fn awaited(sheet: &Sheet<'_>) -> String {
    let Sheet { names, facts, .. } = sheet;
    let (module, path) = facts.function.split_once(':').unwrap_or((&facts.function, ""));
    format!(
        r#""""Both functions as plain ones, for `compare`: each call is awaited to its end, on one event loop."""

import asyncio
import importlib

import {package}

LOOP = asyncio.new_event_loop()
ORIGINAL = importlib.import_module("{module}")
for part in "{path}".split("."):
    ORIGINAL = getattr(ORIGINAL, part)


def original(*args, **kwargs):
    return LOOP.run_until_complete(ORIGINAL(*args, **kwargs))


def rust(*args, **kwargs):
    return LOOP.run_until_complete({package}.{name}(*args, **kwargs))
"#,
        package = names.module,
        name = facts.name,
    )
}

/// `__init__.pyi`.
pub(super) fn stub(sheet: &Sheet<'_>) -> String {
    let facts = sheet.facts;
    let [replace, restore, fallbacks] = controls(&facts.name);
    let mut parts = Vec::new();
    let given = facts.given();
    let only = given.iter().take_while(|one| one.kind == ParameterKind::PositionalOnly).count();
    let mut is_starred = false;
    for (place, parameter) in given.iter().enumerate() {
        let own = match parameter.kind {
            ParameterKind::Rest => {
                is_starred = true;
                format!("*{}", annotated(parameter))
            }
            ParameterKind::Others => format!("**{}", annotated(parameter)),
            ParameterKind::Named if !is_starred => {
                is_starred = true;
                parts.push("*".to_owned());
                annotated(parameter)
            }
            _ => annotated(parameter),
        };
        parts.push(own);
        if place + 1 == only {
            parts.push("/".to_owned());
        }
    }
    let returns = facts.returns.as_deref().filter(|text| is_plain(text)).unwrap_or("Any");
    let begin = if facts.is_async { "async def" } else { "def" };
    format!(
        "from typing import Any\n\n{begin} {}({}) -> {returns}: ...\ndef {replace}() -> None: ...\ndef {restore}() -> None: ...\ndef {fallbacks}() -> dict[str, int]: ...\n",
        facts.name,
        parts.join(", ")
    )
}

fn annotated(parameter: &Parameter) -> String {
    let annotation = parameter.annotation.as_deref().filter(|text| is_plain(text)).unwrap_or("Any");
    let default = if parameter.default.is_some() { " = ..." } else { "" };
    format!("{}: {annotation}{default}", parameter.name)
}

/// Whether an annotation names nothing that has to be imported.
fn is_plain(annotation: &str) -> bool {
    const NAMES: [&str; 13] = [
        "None",
        "bool",
        "int",
        "float",
        "complex",
        "str",
        "bytes",
        "bytearray",
        "list",
        "tuple",
        "dict",
        "set",
        "frozenset",
    ];
    let words = annotation.split(|letter: char| "[], |.".contains(letter)).filter(|word| !word.is_empty());
    words.clone().count() > 0 && words.clone().all(|word| NAMES.contains(&word))
}

/// The test.
pub(super) fn test(sheet: &Sheet<'_>) -> String {
    let Sheet { names, facts, capture, .. } = sheet;
    let purity = capture.and_then(|capture| capture.purity.as_ref());
    let tolerance = purity.and_then(|purity| purity.equal.as_deref()).is_some_and(|equal| equal.contains("rel-tol"));
    let unstable = purity
        .filter(|purity| !purity.stable && !tolerance)
        .map(|_| "outputs aren't the same twice; `rustworthy new --check` compares by the workload's `equal`");
    let left_out = match (capture, purity) {
        (None, _) => Some("it isn't known what the function does beside returning something".to_owned()),
        (Some(_), None) => {
            Some("the recorded calls weren't made again, so that it isn't known what they do".to_owned())
        }
        (Some(_), Some(purity)) if !purity.effects.is_empty() => {
            Some(format!("the function {}", purity.effects.join(", ")))
        }
        (Some(_), Some(_)) if unstable.is_some() => unstable.map(str::to_owned),
        (Some(_), Some(purity)) if !purity.reads.is_empty() => {
            Some(format!("the function reads {}", purity.reads.join(", ")))
        }
        _ => None,
    };
    let up = |path: &str| if std::path::Path::new(path).is_absolute() { path.to_owned() } else { format!("../{path}") };
    let folders: Vec<String> =
        std::iter::once("../python".to_owned()).chain(names.search_path.iter().map(|path| up(path))).collect();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let literal = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let captured =
        capture.map(|capture| literal(&up(&format!("{}/.rustworthy/captures/{}", names.home, capture.name))));
    TEST.replace("@ORIGINAL@", &facts.function)
        .replace("@CANDIDATE@", &format!("{}:{}", names.module, facts.name))
        .replace("@RECORDED@", facts.function.trim_end_matches(".__wrapped__"))
        .replace("@FOLDERS@", &python_list(&folders))
        .replace("@CAPTURE@", captured.as_deref().unwrap_or("None"))
        .replace("@TOLERANCE@", if tolerance { "1e-9" } else { "0.0" })
        .replace("@LEFT_OUT@", &left_out.map_or("None".to_owned(), |why| literal(&why)))
        .replace("@UNSTABLE@", &unstable.map_or("None".to_owned(), literal))
        .replace("@TESTS@", &format!("{}/tests", names.shown))
}

fn python_list(items: &[&str]) -> String {
    serde_json::to_string(items).unwrap_or_default().replace("\",\"", "\", \"")
}
