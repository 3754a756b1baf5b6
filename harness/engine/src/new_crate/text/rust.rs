//! The source of a crate.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Price, Sheet};
use crate::new_crate::facts::ParameterKind;
use crate::new_crate::names::{BODY_BEGINS, BODY_ENDS};
use crate::new_crate::types::Proposal;

/// Where it stands within the crate.
pub(in crate::new_crate) const LIB: &str = "src/lib.rs";

/// Words of Rust that can be names only behind `r#`.
const KEYWORDS: [&str; 47] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while",
];

/// Words of Rust that can't be names at all.
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// The texts of a function's parameters, in their several places.
struct Parts<'a> {
    sheet: &'a Sheet<'a>,
    /// Names in Rust of the parameters.
    names: Vec<String>,
    /// Names of what isn't of the user's, which differ from those.
    py: String,
    call: String,
}

/// `src/lib.rs`.
pub(super) fn text(sheet: &Sheet<'_>) -> String {
    let parts = Parts::new(sheet);
    let facts = sheet.facts;
    let mut text = String::new();
    let out = &mut text;
    let _ = writeln!(
        out,
        "//! `{}` in Rust. What to write stands in [`body`], between its two markers.\n//!",
        facts.function
    );
    let _ = writeln!(out, "{}", price(sheet.price));
    out.push_str("\nmod call;\n\n");
    out.push_str(&parts.imports());
    let (module, path) = facts.function.split_once(':').unwrap_or((&facts.function, ""));
    let _ = writeln!(
        out,
        "/// The function that this crate stands for.\nstatic ORIGINAL: Original = Original::new({module:?}, {path:?}, {:?});\n",
        sheet.names.module
    );
    let fallbacks: Vec<String> =
        sheet.proposals.iter().map(|one| format!("    Fallback::new({:?}),\n", one.name)).collect();
    let _ = writeln!(
        out,
        "/// How often Python has answered, by the parameter that wasn't of the type of the body's.\nstatic FALLBACKS: [Fallback; {}] = [{}];\n",
        fallbacks.len(),
        if fallbacks.is_empty() { String::new() } else { format!("\n{}", fallbacks.concat()) }
    );
    out.push_str(&parts.body());
    out.push_str(&parts.entry());
    out.push_str(&parts.module());
    text
}

/// What crossing the boundary costs, in comments that stand at the head.
pub(in crate::new_crate) fn price(price: Option<Price>) -> String {
    let words = match price {
        None => "what crossing it costs isn't measured: `rustworthy new` does where calls are recorded.".to_owned(),
        Some(price) => price.to_string(),
    };
    format!("//! {PRICE} {words}")
}

/// What the line begins with that tells the price.
pub(in crate::new_crate) const PRICE: &str = "The boundary:";

impl<'a> Parts<'a> {
    fn new(sheet: &'a Sheet<'a>) -> Self {
        let names: Vec<String> =
            sheet.proposals.iter().enumerate().map(|(place, one)| name(place, &one.name)).collect();
        let free = |wanted: &str| {
            let mut name = wanted.to_owned();
            while names.contains(&name) {
                name.push('_');
            }
            name
        };
        let (py, call) = (free("py"), free("call"));
        Self { sheet, names, py, call }
    }

    fn parameters(&self) -> impl Iterator<Item = (&Proposal, &String)> {
        self.sheet.proposals.iter().zip(&self.names)
    }

    fn imports(&self) -> String {
        let mut of_types = BTreeSet::new();
        let mut of_numpy: BTreeSet<&str> = BTreeSet::new();
        for proposal in self.sheet.proposals {
            of_types.extend(proposal.imports.iter().copied());
            of_numpy.extend(proposal.of_numpy.iter().map(String::as_str));
        }
        let mut text = String::new();
        if !of_numpy.is_empty() {
            text.push_str(&used("numpy", &of_numpy));
        }
        text.push_str("use pyo3::prelude::*;\n");
        if of_types.remove("PyBackedBytes") {
            text.push_str("use pyo3::pybacked::PyBackedBytes;\n");
        }
        of_types.insert("PyDict");
        text.push_str(&used("pyo3::types", &of_types));
        let mut of_call = BTreeSet::from(["Call", "Fallback", "Original"]);
        if self.parameters().any(|(one, _)| !matches!(one.kind, ParameterKind::Rest | ParameterKind::Others)) {
            of_call.insert("Given");
        }
        text.push('\n');
        text.push_str(&used("call", &of_call));
        text.push('\n');
        text
    }

    /// The body, which the user writes.
    fn body(&self) -> String {
        let Self { sheet, call, .. } = self;
        let mut text = String::from(
            "/// What a call comes to. Values of other types than these are answered by Python, as recorded so far:\n///\n",
        );
        for (proposal, _) in self.parameters() {
            let left = match proposal.left {
                0 => String::new(),
                left => format!("; {left} of them left to Python"),
            };
            let _ = writeln!(text, "/// - `{}`: {}{left}", proposal.name, one_line(&proposal.seen));
        }
        if sheet.proposals.is_empty() {
            text.push_str("/// - it takes no arguments\n");
        }
        text.push_str("///\n/// # Errors\n/// What the function raises.\n");
        if sheet.proposals.len() > 6 {
            text.push_str("#[allow(clippy::too_many_arguments)]\n");
        }
        text.push_str(self.allowed());
        let mut lines = vec![format!("    {call}: &Call<'_, 'py>,\n")];
        lines.extend(self.parameters().map(|(proposal, name)| format!("    {name}: {},\n", proposal.rust)));
        let _ = writeln!(text, "fn body<'py>(\n{}) -> PyResult<Bound<'py, PyAny>> {{", lines.concat());
        let _ = writeln!(text, "    {BODY_BEGINS}");
        if !self.names.is_empty() {
            let _ = writeln!(text, "    let _ = {}; // Until they are used.", tuple(&self.names));
        }
        let _ = writeln!(text, "    {call}.original()\n    {BODY_ENDS}\n}}\n");
        text
    }

    /// What Python calls.
    fn entry(&self) -> String {
        let Self { sheet, py, call, .. } = self;
        let mut text = format!("/// `{}` as Python calls it.\n#[pyfunction]\n", sheet.facts.function);
        let _ = writeln!(
            text,
            "#[pyo3(name = {:?}, signature = {}, text_signature = {:?})]",
            sheet.facts.name,
            self.signature(),
            self.text_signature()
        );
        let head = self.head();
        // With one reference alone there is nothing to tell apart.
        text.push_str(&if self.names.is_empty() { head.replace("<'py>(", "(").replace("'py", "'_") } else { head });
        let pairs = |is_wanted: fn(ParameterKind) -> bool| {
            let own = self.parameters().filter(|(proposal, _)| is_wanted(proposal.kind));
            let pairs: Vec<String> = own.map(|(proposal, name)| format!("({:?}, &{name})", proposal.name)).collect();
            pairs.join(", ")
        };
        let whole = |kind: ParameterKind, prefix: &str| {
            let own = self.parameters().find(|(proposal, _)| proposal.kind == kind);
            own.map_or(
                "None".to_owned(),
                |(_, name)| if prefix.is_empty() { name.clone() } else { format!("Some({name})") },
            )
        };
        let short = |field: &str, name: &str| if field == name { field.to_owned() } else { format!("{field}: {name}") };
        let positional = pairs(|kind| matches!(kind, ParameterKind::PositionalOnly | ParameterKind::Positional));
        let named = pairs(|kind| kind == ParameterKind::Named);
        let _ = writeln!(
            text,
            "    let {call} = Call {{\n        {},\n        original: &ORIGINAL,\n        fallbacks: &FALLBACKS,\n        positional: &[{positional}],\n        {},\n        named: &[{named}],\n        {},\n    }};",
            short("py", py),
            short("rest", &whole(ParameterKind::Rest, "Some")),
            short("others", &whole(ParameterKind::Others, "")),
        );
        let _ = writeln!(text, "    if {call}.is_nested() {{\n        return {call}.original();\n    }}");
        for (place, (proposal, name)) in self.parameters().enumerate() {
            if is_read(proposal) {
                let _ = writeln!(
                    text,
                    "    let Some({name}) = {} else {{\n        return {call}.left_to_python({place});\n    }};",
                    proposal.read.replace('@', name)
                );
            }
        }
        let arguments: Vec<&str> =
            std::iter::once(call.as_str()).chain(self.names.iter().map(String::as_str)).collect();
        let _ = writeln!(text, "    {call}.run(|| body(&{}))\n}}\n", arguments.join(", "));
        text
    }

    /// The head of the function that Python calls.
    fn head(&self) -> String {
        let mut text = String::from(self.allowed());
        if self.sheet.proposals.len() > 6 {
            text.push_str("#[allow(clippy::too_many_arguments)]\n");
        }
        let _ = writeln!(text, "fn entry<'py>(\n    {}: Python<'py>,", self.py);
        for (proposal, name) in self.parameters() {
            let rust = match proposal.kind {
                ParameterKind::Rest | ParameterKind::Others => proposal.rust.as_str(),
                _ => "Given<'py>",
            };
            let _ = writeln!(text, "    {name}: {rust},");
        }
        text.push_str(") -> PyResult<Bound<'py, PyAny>> {\n");
        text
    }

    fn allowed(&self) -> &'static str {
        let is_odd = |name: &String| name.chars().any(char::is_uppercase) || name.contains("__");
        if self.names.iter().any(is_odd) { "#[allow(non_snake_case)]\n" } else { "" }
    }

    /// The parameters as pyo3 reads them.
    fn signature(&self) -> String {
        self.parts_of_signature(
            |proposal, name| {
                if proposal.read.contains("read_or") { format!("{name} = Given::default()") } else { name.to_owned() }
            },
            |proposal| self.names[self.place(proposal)].clone(),
        )
    }

    /// The parameters as `inspect.signature` shows them.
    fn text_signature(&self) -> String {
        let parameters = self.sheet.facts.given();
        self.parts_of_signature(
            |proposal, _| {
                let default =
                    parameters.iter().find(|one| one.name == proposal.name).and_then(|one| one.default.as_ref());
                match default {
                    Some(default) if default.kind == "other" => format!("{}=...", proposal.name),
                    Some(default) => format!("{}={}", proposal.name, default.text),
                    None => proposal.name.clone(),
                }
            },
            |proposal| proposal.name.clone(),
        )
    }

    fn place(&self, proposal: &Proposal) -> usize {
        self.sheet.proposals.iter().position(|one| one.name == proposal.name).unwrap_or_default()
    }

    fn parts_of_signature(
        &self,
        one: impl Fn(&Proposal, &str) -> String,
        plain: impl Fn(&Proposal) -> String,
    ) -> String {
        let mut parts = Vec::new();
        let proposals = self.sheet.proposals;
        let by_position = |proposal: &&Proposal| {
            proposal.kind == ParameterKind::PositionalOnly || NEVER.contains(&proposal.name.as_str())
        };
        let only = proposals.iter().take_while(by_position).count();
        let mut is_starred = false;
        for (place, (proposal, name)) in self.parameters().enumerate() {
            match proposal.kind {
                ParameterKind::Rest => {
                    is_starred = true;
                    parts.push(format!("*{}", plain(proposal)));
                    continue;
                }
                ParameterKind::Others => {
                    parts.push(format!("**{}", plain(proposal)));
                    continue;
                }
                ParameterKind::Named if !is_starred => {
                    is_starred = true;
                    parts.push("*".to_owned());
                }
                _ => {}
            }
            parts.push(one(proposal, name));
            if place + 1 == only {
                parts.push("/".to_owned());
            }
        }
        format!("({})", parts.join(", "))
    }

    fn module(&self) -> String {
        let is_free = self.sheet.is_free_of_the_gil();
        let why = if is_free {
            "/// Nothing that the body borrows can be changed by another thread meanwhile, so that a free-threaded Python needs no GIL for it.\n/// Where the body keeps something of its own from call to call, it needs a lock."
        } else {
            "/// Another thread may change an array while the body reads it, so that a free-threaded Python keeps the GIL on."
        };
        format!(
            r#"/// Names and counts of the parameters because of which Python has answered.
#[pyfunction]
#[pyo3(name = "_fallbacks")]
fn fallbacks(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {{
    let counts = PyDict::new(py);
    for fallback in FALLBACKS.iter().filter(|fallback| fallback.count() > 0) {{
        counts.set_item(fallback.name, fallback.count())?;
    }}
    Ok(counts)
}}

/// A copy of the function in Python, which is what this crate calls.
///
/// # Errors
/// When it isn't there.
#[pyfunction]
#[pyo3(name = "_original")]
fn original(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {{
    ORIGINAL.get(py).cloned()
}}

{why}
#[pymodule(gil_used = {used})]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {{
    module.add_function(wrap_pyfunction!(entry, module)?)?;
    module.add_function(wrap_pyfunction!(fallbacks, module)?)?;
    module.add_function(wrap_pyfunction!(original, module)?)
}}
"#,
            used = !is_free,
        )
    }
}

/// Whether its value is looked at before the body has it.
fn is_read(proposal: &Proposal) -> bool {
    !matches!(proposal.kind, ParameterKind::Rest | ParameterKind::Others)
}

/// The name of a parameter in Rust.
fn name(place: usize, name: &str) -> String {
    if NEVER.contains(&name) {
        return if name == "self" { "slf".to_owned() } else { format!("given_{place}") };
    }
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}

fn tuple(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        _ => format!("({})", names.join(", ")),
    }
}

fn used(module: &str, names: &BTreeSet<&str>) -> String {
    match names.iter().copied().collect::<Vec<_>>()[..] {
        [] => String::new(),
        [one] => format!("use {module}::{one};\n"),
        ref all => format!("use {module}::{{{}}};\n", all.join(", ")),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
