//! Names, files and lines of addresses, and whose code they are.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use addr2line::Loader;

use super::image::Image;

/// Whose code it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// The interpreter's loop: it stands for Python frames.
    Loop,
    /// The interpreter's garbage collector.
    Collector,
    /// The interpreter's waiting for its lock.
    Gil,
    /// Other code of the interpreter.
    Interpreter,
    /// Libraries that all use, such as libc: time in them is their caller's.
    System,
    /// Rust, by the mangling of its names.
    Rust,
    /// A library, by its name.
    Library(Rc<str>),
}

/// One function at an address; where calls were inlined there are several.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Symbol {
    pub(crate) owner: Owner,
    pub(crate) name: Rc<str>,
    pub(crate) file: Option<Rc<str>>,
    pub(crate) line: Option<u32>,
}

impl Symbol {
    /// What stands for a name that there isn't.
    const UNNAMED: &'static str = "?";

    /// Whether it's a function of the interpreter that has lost its name.
    pub(crate) fn is_unnamed_interpreter(&self) -> bool {
        self.owner == Owner::Interpreter && &*self.name == Self::UNNAMED
    }
}

/// Looks addresses up once each.
#[derive(Default)]
pub(crate) struct Symbols {
    files: HashMap<PathBuf, Option<File>>,
    known: HashMap<u64, Rc<[Symbol]>>,
    /// The line at which each function was first seen, by its name and file: it's one function at all of its lines.
    lines: HashMap<(Rc<str>, Rc<str>), Option<u32>>,
}

struct File {
    loader: Loader,
    is_interpreter: bool,
}

impl Symbols {
    /// The functions at an address, the innermost first; never none.
    pub(crate) fn at(&mut self, address: u64, image: Option<&Image>) -> Rc<[Symbol]> {
        if let Some(known) = self.known.get(&address) {
            return Rc::clone(known);
        }
        // What was mapped a moment ago may be known the next time.
        let Some(image) = image else { return [unknown(address)].into() };
        let mut symbols = self.look_up(address, image);
        for symbol in &mut symbols {
            if let Some(file) = &symbol.file {
                symbol.line = *self.lines.entry((symbol.name.clone(), file.clone())).or_insert(symbol.line);
            }
        }
        let symbols: Rc<[Symbol]> = symbols.into();
        self.known.insert(address, Rc::clone(&symbols));
        symbols
    }

    /// Forgets all addresses, whose meaning has changed: the target runs another program.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }

    fn look_up(&mut self, address: u64, image: &Image) -> Vec<Symbol> {
        let own = address.wrapping_sub(image.bias);
        let file = self.files.entry(image.file.clone()).or_insert_with(|| File::open(image));
        let Some(file) = file else { return vec![of_library(image, None)] };
        let symbol = file.loader.find_symbol(own).map(str::to_owned);
        // A program that embeds the interpreter may have it in itself.
        let is_loop = symbol.as_deref().is_some_and(|name| interpreter(name) == Owner::Loop);
        if file.is_interpreter || is_loop {
            let name = symbol.as_deref().unwrap_or(Symbol::UNNAMED);
            return vec![Symbol { owner: interpreter(name), name: name.into(), file: None, line: None }];
        }
        let mut symbols = Vec::new();
        if let Ok(mut frames) = file.loader.find_frames(own) {
            while let Ok(Some(frame)) = frames.next() {
                let Some(function) = &frame.function else { continue };
                let Ok(raw) = function.raw_name() else { continue };
                let (file, line) = frame.location.map_or((None, None), |place| (place.file.map(Rc::from), place.line));
                let mut named = named(image, &raw);
                if function.language == Some(addr2line::gimli::DW_LANG_Rust) {
                    named.owner = Owner::Rust;
                }
                symbols.push(Symbol { file, line, ..named });
            }
        }
        // The one that the others were inlined into has its full name in the symbol table alone.
        let whole = symbol.map_or_else(|| of_library(image, None), |name| named(image, &name));
        match symbols.last_mut() {
            Some(outermost) => (outermost.name, outermost.owner) = (whole.name, whole.owner),
            None => symbols.push(whole),
        }
        without_inlined_library(symbols)
    }
}

/// What Rust's own library has inlined into a function counts as that function: a name such as `unlikely` helps no
/// reader.
fn without_inlined_library(mut symbols: Vec<Symbol>) -> Vec<Symbol> {
    let outermost = symbols.pop();
    symbols.retain(|symbol| {
        !symbol.file.as_deref().is_some_and(|file| file.contains("/library/") || file.contains("/rustc/"))
    });
    symbols.extend(outermost);
    symbols
}

impl File {
    fn open(image: &Image) -> Option<Self> {
        let loader = Loader::new(&image.file).ok()?;
        // The executable has the loop itself, or a library that it's linked with.
        let is_interpreter = is_libpython(&image.name) || is_python(&image.name);
        Some(Self { loader, is_interpreter })
    }
}

fn is_libpython(path: &str) -> bool {
    base(path).starts_with("libpython")
}

/// An executable that is Python, such as `python3.11`; extension modules have an extension.
fn is_python(path: &str) -> bool {
    let name = base(path);
    name.starts_with("python") && !name.contains(".so")
}

fn base(path: &str) -> &str {
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}

fn unknown(address: u64) -> Symbol {
    Symbol {
        owner: Owner::Library("unknown code".into()),
        name: format!("{address:#x}").into(),
        file: None,
        line: None,
    }
}

/// A function of the interpreter, by its name.
fn interpreter(name: &str) -> Owner {
    // `.cold` and the like are parts of functions.
    let name = name.split('.').next().unwrap_or(name);
    match name {
        "_PyEval_EvalFrameDefault" => Owner::Loop,
        "take_gil" | "drop_gil" => Owner::Gil,
        "gc_collect_main"
        | "gc_collect_region"
        | "gc_collect_young"
        | "gc_collect_increment"
        | "gc_collect_full"
        | "_PyGC_Collect"
        | "PyGC_Collect"
        | "_PyGC_CollectNoFail"
        | "_Py_RunGC"
        | "collect" => Owner::Collector,
        // The engine of `re` is built in.
        _ if name.starts_with("sre_") || name.starts_with("_sre_") => Owner::Library("re".into()),
        _ => Owner::Interpreter,
    }
}

/// A function outside of the interpreter.
fn named(image: &Image, raw: &str) -> Symbol {
    let whole = raw.split(".llvm.").next().unwrap_or(raw);
    if let Ok(rust) = rustc_demangle::try_demangle(whole) {
        return Symbol { owner: Owner::Rust, name: format!("{rust:#}").into(), file: None, line: None };
    }
    let options = cpp_demangle::DemangleOptions::new().no_params().no_return_type();
    let cpp = raw.starts_with("_Z").then(|| cpp_demangle::Symbol::new(raw).ok()?.demangle_with_options(&options).ok());
    of_library(image, Some(&cpp.flatten().unwrap_or_else(|| raw.to_owned())))
}

fn of_library(image: &Image, name: Option<&str>) -> Symbol {
    let library = library(&image.name);
    let owner = if is_system(base(&image.name)) { Owner::System } else { Owner::Library(library.clone()) };
    Symbol { owner, name: name.map_or(library, Rc::from), file: None, line: None }
}

/// What all use, and what hands on what others ask for.
fn is_system(file: &str) -> bool {
    const SYSTEM: [&str; 9] =
        ["libc.", "libc-", "libm.", "libm-", "libpthread", "ld-linux", "libdl", "[vdso]", "libgcc_s"];
    SYSTEM.iter().any(|name| file.starts_with(name))
}

/// The library's name as Python's users know it: the package that it comes with, or the file's own.
fn library(path: &str) -> Rc<str> {
    let stem = base(path).split('.').next().unwrap_or_default();
    let package = path.rsplit_once("/site-packages/").or_else(|| path.rsplit_once("/dist-packages/"));
    match package.and_then(|(_, below)| below.split_once('/')) {
        // Wheels keep the libraries that they need in a folder `numpy.libs`.
        Some((package, _)) => package.trim_end_matches(".libs").into(),
        None => stem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_known_by_its_package() {
        let named = |path| library(path).to_string();
        assert_eq!(named("/v/lib/python3.11/site-packages/numpy/_core/_multiarray_umath.cpython-311.so"), "numpy");
        assert_eq!(named("/v/lib/python3.11/site-packages/numpy.libs/libopenblas.so"), "numpy");
        assert_eq!(named("/v/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so"), "_json");
        assert_eq!(named("/usr/lib/libssl.so.3"), "libssl");
    }

    #[test]
    fn functions_of_the_interpreter_are_told_apart() {
        assert_eq!(interpreter("_PyEval_EvalFrameDefault.cold"), Owner::Loop);
        assert_eq!(interpreter("gc_collect_main"), Owner::Collector);
        assert_eq!(interpreter("sre_ucs1_match"), Owner::Library("re".into()));
        assert_eq!(interpreter("long_add"), Owner::Interpreter);
    }

    #[test]
    fn the_interpreter_is_known_by_its_file() {
        assert!(is_python("/usr/bin/python3.11") && is_libpython("/usr/lib/libpython3.11.so.1.0"));
        assert!(!is_python("/v/lib/python_magic.so") && !is_libpython("/v/pylib.so"));
    }
}
