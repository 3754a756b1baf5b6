//! What watches Python code before anything of the project's has run: tools that packages of the environment start, such as
//! coverage, debuggers, and modes that variables turn on.

use pyo3::prelude::*;
use rustworthy_protocol::Watcher;

/// Numbers that `sys.monitoring` gives to tools.
const TOOLS: std::ops::Range<u8> = 0..6;

/// Everything that watches now, in the calling thread.
///
/// # Errors
/// When Python can't be asked.
pub(crate) fn watchers(py: Python<'_>) -> PyResult<Vec<Watcher>> {
    let sys = py.import("sys")?;
    let mut watchers = Vec::new();
    if sys.getattr("flags")?.getattr("dev_mode")?.is_truthy()? {
        watchers.push(Watcher::DevelopmentMode);
    }
    watchers.extend(allocator().map(Watcher::Allocator));
    // Its Python module alone would take a while to import; this one is compiled in.
    if py.import("_tracemalloc")?.call_method0("is_tracing")?.is_truthy()? {
        watchers.push(Watcher::Tracemalloc);
    }
    if sys.hasattr("is_stack_trampoline_active")? && sys.call_method0("is_stack_trampoline_active")?.is_truthy()? {
        watchers.push(Watcher::PerfTrampoline);
    }
    let threading = py.import("threading")?;
    for (getter, watcher) in [("gettrace", Watcher::Trace as fn(String) -> Watcher), ("getprofile", Watcher::Profile)] {
        let functions = [sys.call_method0(getter)?, threading.call_method0(getter)?];
        let watching = functions.iter().find(|function| !function.is_none());
        watchers.extend(watching.map(|function| watcher(name(function))));
    }
    if let Ok(monitoring) = sys.getattr("monitoring") {
        for tool in TOOLS {
            let name = monitoring.call_method1("get_tool", (tool,))?;
            if !name.is_none() {
                watchers.push(Watcher::Monitoring(name.str()?.to_string()));
            }
        }
    }
    Ok(watchers)
}

/// What `PYTHONMALLOC` asks for, other than what Python takes anyway.
fn allocator() -> Option<String> {
    let name = std::env::var("PYTHONMALLOC").ok()?;
    (!matches!(&*name, "" | "default" | "pymalloc" | "mimalloc")).then_some(name)
}

/// `coverage.tracer.CTracer` of an object, `pydevd.trace_dispatch` of a function.
fn name(function: &Bound<'_, PyAny>) -> String {
    let named = if function.hasattr("__qualname__").unwrap_or(false) {
        function.clone()
    } else {
        function.get_type().into_any()
    };
    let part = |attribute| named.getattr(attribute).ok()?.extract::<String>().ok();
    let parts: Vec<String> = ["__module__", "__qualname__"].into_iter().filter_map(part).collect();
    parts.join(".")
}
