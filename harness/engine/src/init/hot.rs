//! Which functions of a project its time goes to. Pure.

use std::collections::HashMap;

use rustworthy_model::Estimate;
use rustworthy_model::profile::{Kind, Stacks};
use rustworthy_stats::{Confidence, Slice, share};

use super::facts::{Facts, Function};

/// Slices of time that shares are compared between.
const SLICES: usize = 40;

/// Share of a function's time in native code from which on it's native already.
const NATIVE: f64 = 0.5;

/// A function that was seen at work.
#[derive(Debug, Clone, PartialEq)]
pub struct Hot {
    /// Which function.
    pub function: Function,
    /// Its share of the samples in which any function of the project was at work: time in it and in what it calls, but not in other
    /// functions of the project.
    pub share: Estimate,
    /// Samples of it.
    pub samples: u64,
    /// Where most of that is native code: its library.
    pub native: Option<String>,
}

/// What was seen of one function.
#[derive(Default)]
struct Seen {
    by_slice: Vec<u64>,
    native: u64,
    libraries: HashMap<String, u64>,
}

/// The functions by their shares, the largest first. A file of `stacks` is that of a function where the two paths are equal once
/// `relative` has made them so.
pub(super) fn hot(
    stacks: &Stacks,
    facts: &Facts,
    relative: impl Fn(&str) -> Option<String>,
    confidence: Confidence,
) -> Vec<Hot> {
    let known: HashMap<(&str, u32), usize> =
        facts.functions.iter().enumerate().map(|(place, one)| ((one.file.as_str(), one.line), place)).collect();
    let own: Vec<Option<usize>> = stacks
        .frames()
        .iter()
        .map(|frame| {
            let file = relative(frame.file.as_deref().filter(|_| frame.kind == Kind::Python)?)?;
            known.get(&(file.as_str(), frame.line?)).copied()
        })
        .collect();
    let end = stacks.samples.last().map_or(0.0, |sample| sample.at).max(1e-9);
    let mut all = vec![0; SLICES];
    let mut seen: HashMap<usize, Seen> = HashMap::new();
    for sample in stacks.samples.iter().filter(|sample| !sample.waits) {
        let frames = stacks.frames_of(sample.stack);
        // The innermost function of the project answers for all that it has called of others.
        let Some(function) = frames.iter().rev().find_map(|&frame| own[frame]) else { continue };
        let slice = ((sample.at / end * SLICES as f64) as usize).min(SLICES - 1);
        all[slice] += 1;
        let seen = seen.entry(function).or_insert_with(|| Seen { by_slice: vec![0; SLICES], ..Seen::default() });
        seen.by_slice[slice] += 1;
        let innermost = frames.last().map(|&frame| &stacks.frames()[frame]);
        if let Some(frame) = innermost.filter(|frame| matches!(frame.kind, Kind::Native | Kind::Rust)) {
            seen.native += 1;
            *seen.libraries.entry(frame.name.clone()).or_default() += 1;
        }
    }
    let mut hot: Vec<Hot> =
        seen.iter().filter_map(|(&place, seen)| found(&facts.functions[place], seen, &all, confidence)).collect();
    hot.sort_by(|one, other| {
        let by_share = other.share.estimate.total_cmp(&one.share.estimate);
        by_share.then_with(|| one.function.target().cmp(&other.function.target()))
    });
    hot
}

fn found(function: &Function, seen: &Seen, all: &[u64], confidence: Confidence) -> Option<Hot> {
    let slices: Vec<Slice> = seen.by_slice.iter().zip(all).map(|(&seen, &all)| Slice { seen, all }).collect();
    let samples: u64 = seen.by_slice.iter().sum();
    let library = || seen.libraries.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(*name)));
    let native = (seen.native as f64 > NATIVE * samples as f64).then(library).flatten();
    Some(Hot {
        function: function.clone(),
        share: share(&slices, confidence)?,
        samples,
        native: native.map(|(name, _)| name.clone()),
    })
}

#[cfg(test)]
mod tests {
    use rustworthy_model::profile::{Frame, Sample};

    use super::*;

    fn function(name: &str, line: u32) -> Function {
        Function {
            module: "shop".to_owned(),
            name: name.to_owned(),
            root: String::new(),
            file: "shop.py".to_owned(),
            line,
            generator: false,
            method: false,
            decorators: Vec::new(),
            script: false,
            aside: false,
        }
    }

    fn frame(name: &str, file: &str, line: u32, kind: Kind) -> Frame {
        Frame { name: name.to_owned(), file: Some(file.to_owned()), line: Some(line), kind }
    }

    fn found(samples: &[&[(&str, &str, u32, Kind)]]) -> Vec<Hot> {
        let mut stacks = Stacks::new(0.01);
        for (place, frames) in samples.iter().enumerate() {
            let stack = stacks.stack(frames.iter().map(|&(name, file, line, kind)| frame(name, file, line, kind)));
            stacks.samples.push(Sample { at: place as f64 * 0.01, thread: 0, stack, waits: false });
        }
        let facts = Facts { functions: vec![function("rate", 3), function("total", 9)], ..Facts::default() };
        let relative = |file: &str| file.strip_prefix("/p/").map(str::to_owned);
        hot(&stacks, &facts, relative, Confidence::USUAL)
    }

    const TEST: (&str, &str, u32, Kind) = ("test_it", "/p/tests/test_shop.py", 1, Kind::Python);
    const RATE: (&str, &str, u32, Kind) = ("rate", "/p/shop.py", 3, Kind::Python);
    const TOTAL: (&str, &str, u32, Kind) = ("total", "/p/shop.py", 9, Kind::Python);
    const RE: (&str, &str, u32, Kind) = ("compile", "/usr/lib/re.py", 5, Kind::Python);
    const NUMPY: (&str, &str, u32, Kind) = ("numpy", "numpy", 1, Kind::Native);

    #[test]
    fn the_innermost_function_of_the_project_answers_for_what_it_calls_of_others() {
        let hot = found(&[&[TEST, TOTAL, RATE, RE], &[TEST, TOTAL, RATE], &[TEST, RATE], &[TEST, TOTAL], &[TEST, RE]]);
        let shares: Vec<(String, f64)> = hot.iter().map(|hot| (hot.function.target(), hot.share.estimate)).collect();
        assert_eq!(shares, [("shop:rate".to_owned(), 0.75), ("shop:total".to_owned(), 0.25)]);
        assert!(hot[0].share.low < 0.75 && hot[0].share.high > 0.75 && hot[0].native.is_none());
    }

    #[test]
    fn what_spends_its_time_in_native_code_says_whose() {
        let hot = found(&[&[RATE, NUMPY], &[RATE, NUMPY], &[RATE], &[TOTAL, NUMPY], &[TOTAL], &[TOTAL]]);
        assert_eq!(hot.iter().map(|hot| hot.native.as_deref()).collect::<Vec<_>>(), [Some("numpy"), None]);
    }

    #[test]
    fn nothing_is_hot_where_only_others_were_at_work() {
        assert_eq!(found(&[&[TEST, RE], &[TEST, NUMPY]]), []);
        assert_eq!(found(&[]), []);
    }
}
