//! What watches Python code as it runs.

use rustworthy_model::doctor::{Finding, Remedy};
use rustworthy_protocol::Watcher;

use super::Topic;
use super::topic::{advice, command};

const WATCHED: Topic = Topic {
    name: "watched Python",
    why: "What watches Python code takes time for every call, line or allocation, and none for what is native.",
};

pub(super) fn finding(watchers: &[Watcher]) -> Finding {
    if watchers.is_empty() {
        return WATCHED.fine("by nothing: no development mode, no tracing, no coverage, no debugger");
    }
    let found: Vec<String> = watchers.iter().map(words).collect();
    WATCHED.spoils(found.join(", "), remedy(watchers))
}

fn words(watcher: &Watcher) -> String {
    match watcher {
        Watcher::DevelopmentMode => "development mode".to_owned(),
        Watcher::Allocator(name) => format!("the allocator '{name}'"),
        Watcher::Tracemalloc => "tracemalloc".to_owned(),
        Watcher::PerfTrampoline => "the trampoline for perf".to_owned(),
        Watcher::Trace(name) => format!("a trace function ({name})"),
        Watcher::Profile(name) => format!("a profile function ({name})"),
        Watcher::Monitoring(name) => format!("a tool of sys.monitoring ({name})"),
    }
}

/// The variable that turns it on; `None` of tools, which are started in ways of their own.
fn variable(watcher: &Watcher) -> Option<&'static str> {
    match watcher {
        Watcher::DevelopmentMode => Some("PYTHONDEVMODE"),
        Watcher::Allocator(_) => Some("PYTHONMALLOC"),
        Watcher::Tracemalloc => Some("PYTHONTRACEMALLOC"),
        Watcher::PerfTrampoline => Some("PYTHONPERFSUPPORT"),
        Watcher::Trace(_) | Watcher::Profile(_) | Watcher::Monitoring(_) => None,
    }
}

fn remedy(watchers: &[Watcher]) -> Remedy {
    const TOOLS: &str = "Measure without the tool: coverage is started by COVERAGE_PROCESS_START, a debugger and others by a .pth file \
                         or sitecustomize of the environment.";
    let variables: Vec<&str> = watchers.iter().filter_map(variable).collect();
    let unset = format!("unset {}", variables.join(" "));
    match variables.len() {
        0 => advice(TOOLS),
        all if all == watchers.len() => command("Measure without:", &unset),
        _ => command(TOOLS, &unset),
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level::{Fine, Spoils};

    use super::*;

    #[test]
    fn modes_are_turned_off_by_their_variables() {
        let found = finding(&[Watcher::DevelopmentMode, Watcher::Allocator("debug".to_owned())]);
        assert_eq!((found.level, found.found.as_deref()), (Spoils, Some("development mode, the allocator 'debug'")));
        assert_eq!(found.remedy.unwrap().command.as_deref(), Some("unset PYTHONDEVMODE PYTHONMALLOC"));
    }

    #[test]
    fn tools_are_told_by_name_with_how_they_are_started() {
        let found = finding(&[Watcher::Trace("coverage.tracer.CTracer".to_owned()), Watcher::Tracemalloc]);
        assert_eq!(found.found.as_deref(), Some("a trace function (coverage.tracer.CTracer), tracemalloc"));
        let remedy = found.remedy.unwrap();
        assert!(remedy.advice.contains("COVERAGE_PROCESS_START"), "{remedy:?}");
        assert_eq!(remedy.command.as_deref(), Some("unset PYTHONTRACEMALLOC"));
        assert_eq!(finding(&[Watcher::Monitoring("coverage".to_owned())]).remedy.unwrap().command, None);
    }

    #[test]
    fn nothing_is_fine() {
        assert_eq!(finding(&[]).level, Fine);
    }
}
