//! Whose code the time of a function goes to: what compilers can't gain needn't be tried.

use std::fs;
use std::path::Path;

use rustworthy_model::figures;
use rustworthy_protocol::variables::SCRATCH;
use rustworthy_protocol::{Input, LoadRequest, MakeRequest};
use serde::Deserialize;

use super::TryRequest;
use super::compiled::put_on_path;
use super::subject::Subject;
use crate::manifest::Code;
use crate::plan;
use crate::python::compilers::Source;
use crate::workers::{Laboratory, Worker, Workers};

/// Share of its own module in a function's time up to which nobody tries to compile that. Watching slows small functions down more
/// than others, so that it's less than what would count.
const SMALL: f64 = 0.02;

/// Share of the time for which it waits from which on it makes no difference how fast its code is.
const WAITS: f64 = 0.9;

/// Share of what a process computes that other threads may have before too little is seen of it.
const ELSEWHERE: f64 = 0.2;

/// What was taken down, in seconds.
#[derive(Debug, Deserialize)]
struct Watched {
    /// In code of the function's module; `None` where its calls are over before their work is done.
    own: Option<f64>,
    /// In all code.
    total: f64,
    /// From begin to end of the calls.
    wall: f64,
    /// Of that, for which the calling thread was ready to run while others had the processor.
    delayed: Option<f64>,
    /// For which the process computed.
    computed: f64,
    /// The module, or the native function, outside its own one that has most of it.
    most: Option<String>,
}

/// Why it's no use to compile the module of a subject; `None` where it may be, or nobody knows.
pub(super) fn why_needless(
    subject: &Subject,
    request: &TryRequest,
    workers: &Workers,
    source: &Source,
) -> Option<String> {
    let folder = tempfile::tempdir().ok()?;
    watch(subject, request, workers, source, folder.path())?;
    let text = fs::read(result_in(folder.path())).ok()?;
    serde_json::from_slice::<Watched>(&text).ok()?.why_needless(&source.module)
}

fn result_in(folder: &Path) -> std::path::PathBuf {
    folder.join("watched.json")
}

/// Makes the calls of a subject and watches them; `None` where that fails, as its measurement may too, which tells why.
fn watch(subject: &Subject, request: &TryRequest, workers: &Workers, source: &Source, folder: &Path) -> Option<()> {
    let workload = subject.workload();
    let baseline = workload.baseline();
    let target = source.watch(&subject.function, folder, &result_in(folder)).ok()?;
    let (size, _) = plan::size(workload, request.size.as_deref(), request.effort.quick).ok()?;
    let make = MakeRequest {
        input: Input::from(&workload.input),
        bytes: None,
        size,
        seed: request.common.seed,
        file: folder.join("input"),
    };
    let mut env = baseline.env.clone();
    env.insert(SCRATCH.to_owned(), folder.display().to_string());
    let made = workers.start(&env, baseline.limits, 1).ok()?.make(make.clone()).ok()?;
    put_on_path(folder, &mut env);
    let mut worker = workers.start(&env, baseline.limits, 1).ok()?;
    worker.import(&Code::Python(target)).ok()?;
    worker.load(LoadRequest { make, made, copies: 1, fresh: false }).ok()?;
    worker.call().ok().map(drop)
}

impl Watched {
    fn why_needless(&self, module: &str) -> Option<String> {
        let Self { own, total, wall, delayed, computed, most } = self;
        let waits = 1.0 - computed / (wall - (*delayed)?).max(f64::MIN_POSITIVE);
        if waits >= WAITS {
            return Some(format!("it waits for {} % of its time", figures::percent(waits)));
        }
        let own = (*own)?;
        if *computed > (1.0 + ELSEWHERE) * wall || *total <= 0.0 || own / total > SMALL {
            return None;
        }
        let most = most.as_ref().map(|most| format!(", most is in {most}")).unwrap_or_default();
        Some(format!("{} % of its time is in code of {module}{most}", figures::percent(own / total)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(change: impl FnOnce(&mut Watched)) -> Option<String> {
        let most = Some("tomli._parser".to_owned());
        let mut watched = Watched { own: Some(0.5), total: 1.0, wall: 1.0, delayed: Some(0.0), computed: 1.0, most };
        change(&mut watched);
        watched.why_needless("desk")
    }

    #[test]
    fn what_waits_and_what_others_do_is_needless_to_compile() {
        assert_eq!(why(|_| ()), None);
        assert_eq!(
            why(|watched| watched.own = Some(0.004)).as_deref(),
            Some("0.4 % of its time is in code of desk, most is in tomli._parser")
        );
        assert_eq!(why(|watched| watched.computed = 0.05).as_deref(), Some("it waits for 95 % of its time"));
        // On a busy machine everybody waits, for the processor.
        let beside_others = |watched: &mut Watched| (watched.delayed, watched.computed) = (Some(0.9), 0.1);
        assert_eq!(why(beside_others), None);
        let waits = |watched: &mut Watched| (watched.delayed, watched.computed) = (Some(0.5), 0.04);
        assert_eq!(why(waits).as_deref(), Some("it waits for 92 % of its time"));
    }

    #[test]
    fn what_was_not_seen_is_tried() {
        // A generator that is read later, other threads, and a system that doesn't tell who waits.
        assert_eq!(why(|watched| watched.own = None), None);
        assert_eq!(why(|watched| (watched.own, watched.computed) = (Some(0.0), 1.9)), None);
        assert_eq!(why(|watched| (watched.own, watched.delayed) = (Some(0.0), None)), None);
    }
}
