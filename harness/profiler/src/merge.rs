//! One stack from two: Python frames and native ones. Pure.
//!
//! Every native frame of the interpreter's loop stands for the Python frames from the innermost that is left to the next
//! at which the interpreter was entered. Where both don't quite match, the order of either is kept all the same, so no
//! Python function ever seems to have called one that it didn't.

use std::rc::Rc;

use rustworthy_model::profile::{Frame, Kind, Wait};

use super::native::{Owner, Symbol};
use super::python::PythonFrame;

/// A frame of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<'a> {
    Python(&'a PythonFrame),
    Native(&'a Symbol),
}

/// How much of native code is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// One frame for each library that Python code is in.
    Libraries,
    /// Every function.
    Functions,
}

/// What is known of a thread at one moment.
pub(super) struct ThreadStacks<'a> {
    /// Its Python frames, the innermost first.
    pub(super) python: &'a [PythonFrame],
    /// How often the interpreter was entered for Python frames outside of those, which aren't shown.
    pub(super) entries_outside: usize,
    /// Its native frames, the innermost first; none where they can't be had.
    pub(super) native: &'a [Symbol],
    /// Whether the native frames reach the outermost.
    pub(super) is_whole: bool,
    /// What it waits for, if it does.
    pub(super) waits: Option<Wait>,
}

/// A stack as it's shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merged {
    /// The outermost first.
    pub(super) frames: Vec<Frame>,
    /// Whether there were as many loops as entries.
    pub(super) matches: bool,
    /// What the innermost code is.
    pub(super) kind: Kind,
    /// Which library, or what is waited for.
    pub(super) detail: Option<String>,
}

/// Merges the stacks of a thread.
pub(super) fn merge(seen: &ThreadStacks<'_>, detail: Detail) -> Merged {
    let (parts, matches) = interleaved(seen);
    let mut frames = shown(&parts, detail);
    let (kind, of) = match seen.waits {
        Some(wait) => (Kind::Waiting, Some(wait.words().to_owned())),
        None => innermost(&parts),
    };
    if let Some(wait) = seen.waits {
        frames.push(own_frame(format!("waiting for {}", wait.words()), Kind::Waiting));
    }
    Merged { frames, matches, kind, detail: of }
}

/// What the innermost code is, and whose.
fn innermost(parts: &[Part<'_>]) -> (Kind, Option<String>) {
    let stretch = parts.iter().map_while(|part| match part {
        Part::Native(symbol) => Some(*symbol),
        Part::Python(_) => None,
    });
    let mut stretch: Vec<&Symbol> = stretch.collect();
    let of_python = stretch.len() < parts.len() || stretch.iter().any(|symbol| symbol.owner == Owner::Interpreter);
    stretch.reverse();
    if stretch.iter().any(|symbol| symbol.owner == Owner::Collector) {
        return (Kind::Gc, None);
    }
    match owner(&stretch) {
        Some((library, Kind::Native)) => (Kind::Native, Some(library.to_string())),
        Some((_, kind)) => (kind, None),
        None if of_python => (Kind::Python, None),
        None => (Kind::Native, Some("the system".to_owned())),
    }
}

/// Parts of the stack, the innermost first, up to the outermost Python frame where there is one.
fn interleaved<'a>(seen: &ThreadStacks<'a>) -> (Vec<Part<'a>>, bool) {
    if seen.python.is_empty() {
        return (without_start(seen.native).iter().map(Part::Native).collect(), true);
    }
    let mut parts = Vec::new();
    let mut python = seen.python.iter();
    let mut loops = 0;
    for symbol in recognisable(seen.native) {
        if symbol.owner != Owner::Loop {
            if !python.as_slice().is_empty() {
                parts.push(Part::Native(symbol));
            }
            continue;
        }
        loops += 1;
        for frame in python.by_ref() {
            parts.push(Part::Python(frame));
            if frame.is_entry {
                break;
            }
        }
    }
    let entries = seen.python.iter().filter(|frame| frame.is_entry).count() + seen.entries_outside;
    parts.extend(python.map(Part::Python));
    (parts, seen.native.is_empty() || !seen.is_whole || loops == entries)
}

/// The native frames below Python whose place is known. An interpreter whose loop is made of tail calls, and which has lost the names of such
/// functions, has nothing that stands for Python frames: what the innermost of these works on is all that is known then.
fn recognisable(native: &[Symbol]) -> &[Symbol] {
    let has_loop = native.iter().any(|symbol| symbol.owner == Owner::Loop);
    let unnamed = native.iter().position(Symbol::is_unnamed_interpreter);
    unnamed.filter(|_| !has_loop).map_or(native, |place| &native[..place])
}

/// Native frames without those that every thread starts with.
fn without_start(native: &[Symbol]) -> &[Symbol] {
    // What calls a contender in a worker isn't the contender's, nor is what the worker does between calls.
    let worker = native.iter().position(is_of_worker);
    let native = match worker {
        Some(place) if calls_contenders(&native[place]) => &native[..place],
        Some(_) => return &[],
        None => native,
    };
    let is_start = |symbol: &Symbol| {
        let name = symbol.name.trim_start_matches('<');
        let of_rust = ["std::", "core::", "alloc::"].iter().any(|library| name.starts_with(library));
        symbol.owner == Owner::System || symbol.owner == Owner::Interpreter || symbol.owner == Owner::Rust && of_rust
    };
    let kept = native.iter().rposition(|symbol| !is_start(symbol)).map_or(0, |last| last + 1);
    // Code that has nothing but such frames is shown with them.
    if kept == 0 { native } else { &native[..kept] }
}

/// Whether it's code of the worker; inlined functions have no module in their names, but a file.
fn is_of_worker(symbol: &Symbol) -> bool {
    let file = symbol.file.as_deref().unwrap_or_default();
    let of_name = |package: &str| symbol.name.trim_start_matches('<').starts_with(package);
    of_name("rustworthy_worker::")
        || of_name("rustworthy_protocol::")
        || file.contains("harness/worker/src/")
        || file.contains("harness/protocol/src/")
}

fn calls_contenders(symbol: &Symbol) -> bool {
    let file = symbol.file.as_deref().unwrap_or_default();
    symbol.name.contains("worker::subject::") || file.ends_with("worker/src/subject.rs")
}

/// Frames as they are shown, the outermost first.
fn shown(parts: &[Part<'_>], detail: Detail) -> Vec<Frame> {
    let mut frames = Vec::new();
    // Native frames of one stretch, the outermost first.
    let mut stretch: Vec<&Symbol> = Vec::new();
    for part in parts.iter().rev() {
        match part {
            Part::Native(symbol) => stretch.push(symbol),
            Part::Python(frame) => {
                show_stretch(&stretch, detail, false, &mut frames);
                stretch.clear();
                frames.push(Frame {
                    name: frame.name.clone(),
                    file: Some(frame.file.clone()),
                    line: Some(frame.line),
                    kind: Kind::Python,
                });
            }
        }
    }
    show_stretch(&stretch, detail, true, &mut frames);
    frames
}

/// Shows native frames between Python frames, or those of the innermost.
fn show_stretch(stretch: &[&Symbol], detail: Detail, is_innermost: bool, frames: &mut Vec<Frame>) {
    if stretch.iter().any(|symbol| symbol.owner == Owner::Collector) {
        frames.push(own_frame("garbage collection".to_owned(), Kind::Gc));
        return;
    }
    if detail == Detail::Libraries {
        frames.extend(owner(stretch).map(|(name, kind)| Frame {
            name: name.to_string(),
            file: None,
            line: None,
            kind,
        }));
        return;
    }
    // How the interpreter comes from one Python function to the next says nothing; what it works on does.
    let is_shown = |symbol: &&&Symbol| is_innermost || !matches!(symbol.owner, Owner::Interpreter | Owner::System);
    frames.extend(stretch.iter().filter(is_shown).map(|symbol| Frame {
        name: symbol.name.to_string(),
        file: symbol.file.as_deref().map(str::to_owned).or_else(|| library_of(symbol)),
        line: symbol.line,
        kind: kind(symbol),
    }));
}

/// Whose code a stretch is: the first that is neither the interpreter's nor everybody's.
fn owner(stretch: &[&Symbol]) -> Option<(Rc<str>, Kind)> {
    stretch.iter().find_map(|symbol| match &symbol.owner {
        Owner::Library(library) => Some((Rc::clone(library), Kind::Native)),
        Owner::Rust => Some((Rc::clone(&symbol.name), Kind::Rust)),
        _ => None,
    })
}

fn library_of(symbol: &Symbol) -> Option<String> {
    match &symbol.owner {
        Owner::Library(library) if *library != symbol.name => Some(library.to_string()),
        _ => None,
    }
}

/// What a native function is. The interpreter works for Python.
fn kind(symbol: &Symbol) -> Kind {
    match symbol.owner {
        Owner::Rust => Kind::Rust,
        Owner::Loop | Owner::Gil | Owner::Interpreter => Kind::Python,
        Owner::Collector => Kind::Gc,
        Owner::System | Owner::Library(_) => Kind::Native,
    }
}

fn own_frame(name: String, kind: Kind) -> Frame {
    Frame { name, file: None, line: None, kind }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use rustworthy_model::profile::HOSTING_FILE;

    use super::*;
    use crate::python::without_hosting;

    fn python(name: &str, is_entry: bool) -> PythonFrame {
        PythonFrame { name: name.to_owned(), file: "app.py".to_owned(), line: 1, is_entry }
    }

    fn native(owner: Owner, name: &str) -> Symbol {
        Symbol { owner, name: name.into(), file: None, line: None }
    }

    fn library(name: &str) -> Symbol {
        native(Owner::Library(name.into()), &format!("{name}_function"))
    }

    fn eval() -> Symbol {
        native(Owner::Loop, "_PyEval_EvalFrameDefault")
    }

    fn names(python: &[PythonFrame], native: &[Symbol], detail: Detail) -> (Vec<String>, bool) {
        let merged = merge(&ThreadStacks { python, entries_outside: 0, native, is_whole: true, waits: None }, detail);
        (merged.frames.into_iter().map(|frame| frame.name).collect(), merged.matches)
    }

    #[test]
    fn a_library_stands_between_the_function_that_calls_it_and_the_one_that_it_calls() {
        let python = [python("key", true), python("inner", false), python("main", true)];
        let native = [
            native(Owner::Interpreter, "long_add"),
            eval(),
            native(Owner::Interpreter, "_PyObject_Call"),
            library("pandas"),
            eval(),
            native(Owner::Interpreter, "Py_RunMain"),
        ];
        let (found, matches) = names(&python, &native, Detail::Libraries);
        assert_eq!((found, matches), (vec!["main".into(), "inner".into(), "pandas".into(), "key".into()], true));
        let (found, _) = names(&python, &native, Detail::Functions);
        assert_eq!(found, ["main", "inner", "pandas_function", "key", "long_add"]);
    }

    #[test]
    fn what_loads_a_worker_into_a_python_is_left_out_and_counts_as_entered() {
        let hosting = |is_entry| PythonFrame { file: HOSTING_FILE.to_owned(), ..python("load", is_entry) };
        let python =
            [python("inner", false), python("outer", true), hosting(false), hosting(true), python("<module>", true)];
        let worker = native(Owner::Rust, "rustworthy_worker::subject::time_calls");
        let native = [eval(), worker, eval(), native(Owner::Interpreter, "builtin_exec"), eval()];
        let (own, entries_outside) = without_hosting(&python);
        let seen = ThreadStacks { python: own, entries_outside, native: &native, is_whole: true, waits: None };
        let merged = merge(&seen, Detail::Functions);
        let names: Vec<&str> = merged.frames.iter().map(|frame| frame.name.as_str()).collect();
        assert_eq!((names, merged.matches), (vec!["outer", "inner"], true));

        // Between calls there is nothing of anybody's.
        let seen = ThreadStacks { python: &[], entries_outside, native: &native[1..], is_whole: true, waits: None };
        assert_eq!(merge(&seen, Detail::Functions).frames, []);
    }

    #[test]
    fn where_no_loop_is_recognised_what_the_innermost_function_works_on_is_known_alone() {
        let unnamed = || native(Owner::Interpreter, "?");
        let worker = native(Owner::Rust, "rustworthy_worker::subject::time_calls");
        let python = [python("inner", true), python("main", true)];
        let seen = [native(Owner::Interpreter, "long_add"), unnamed(), library("pandas"), unnamed(), worker];
        let (found, matches) = names(&python, &seen, Detail::Functions);
        assert_eq!((found, matches), (vec!["main".into(), "inner".into(), "long_add".into()], false));
        // Where it is, functions without names are as others of the interpreter.
        let seen = [unnamed(), eval(), library("pandas"), eval()];
        let (found, matches) = names(&python, &seen, Detail::Functions);
        assert_eq!((found, matches), (vec!["main".into(), "pandas_function".into(), "inner".into(), "?".into()], true));
    }

    #[test]
    fn garbage_collection_is_neither_the_interpreters_nor_the_librarys_that_set_it_off() {
        let native = [native(Owner::Collector, "gc_collect_main"), library("numpy"), eval()];
        let merged = merge(
            &ThreadStacks {
                python: &[python("main", true)],
                entries_outside: 0,
                native: &native,
                is_whole: true,
                waits: None,
            },
            Detail::Libraries,
        );
        assert_eq!(merged.frames.last().unwrap().kind, Kind::Gc);
    }

    #[test]
    fn what_calls_a_kernel_is_left_out() {
        let rust = |name| native(Owner::Rust, name);
        let stack = [
            rust("kernel::inner"),
            rust("kernel::run"),
            rust("std::panicking::try"),
            rust("rustworthy_worker::subject::run"),
            rust("main"),
        ];
        assert_eq!(names(&[], &stack, Detail::Functions).0, ["kernel::run", "kernel::inner"]);
        let between_calls = [native(Owner::System, "recv"), rust("rustworthy_protocol::frame::receive"), rust("main")];
        assert_eq!(names(&[], &between_calls, Detail::Functions).0, Vec::<String>::new());
    }

    #[test]
    fn a_loop_too_many_is_told() {
        let (found, matches) = names(&[python("main", true)], &[eval(), eval()], Detail::Libraries);
        assert_eq!((found, matches), (vec!["main".to_owned()], false));
    }

    proptest! {
        #[test]
        fn no_python_frame_is_lost_or_moved(
            entries in prop::collection::vec(any::<bool>(), 0..20),
            kinds in prop::collection::vec(0..4, 0..30),
        ) {
            let python: Vec<PythonFrame> =
                entries.iter().enumerate().map(|(place, &entry)| python(&place.to_string(), entry)).collect();
            let native: Vec<Symbol> = kinds
                .iter()
                .map(|kind| match kind {
                    0 => eval(),
                    1 => library("numpy"),
                    2 => native(Owner::System, "memcpy"),
                    _ => native(Owner::Interpreter, "call"),
                })
                .collect();
            let merged = merge(&ThreadStacks { python: &python, entries_outside: 0, native: &native, is_whole: true, waits: None }, Detail::Functions);
            let kept: Vec<String> = merged
                .frames
                .iter()
                .filter(|frame| frame.file.as_deref() == Some("app.py"))
                .map(|frame| frame.name.clone())
                .collect();
            let expected: Vec<String> = (0..python.len()).rev().map(|place| place.to_string()).collect();
            prop_assert_eq!(kept, expected);
        }
    }
}
