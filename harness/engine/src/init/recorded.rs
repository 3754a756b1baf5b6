//! Recorded calls that become workloads, and those that don't.

use std::path::Path;

use rustworthy_model::capture::{Capture, SCHEMA};

use super::facts::Facts;
use crate::capture::is_name;

/// Recorded calls that are the input of a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The capture.
    pub capture: Capture,
}

/// A function that was looked at and is no workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The function, `module:function`.
    pub function: String,
    /// Why.
    pub why: String,
}

/// Effects that calls may have in every process without anybody noticing.
const HARMLESS: [&str; 4] = ["sets the global", "prints", "sleeps", "starts threads"];

/// What of captures becomes workloads: each once, in the order given.
pub(super) fn sorted_out(captures: impl IntoIterator<Item = Capture>) -> (Vec<Recorded>, Vec<LeftOut>) {
    let (mut recorded, mut left_out) = (Vec::new(), Vec::new());
    for capture in captures {
        match unusable(&capture) {
            None => recorded.push(Recorded { capture }),
            Some(why) => left_out.push(LeftOut { function: capture.function.clone(), why }),
        }
    }
    (recorded, left_out)
}

/// Why recorded calls can't be the input of a workload that runs as it is.
fn unusable(capture: &Capture) -> Option<String> {
    if capture.kept == 0 {
        let why = capture.unrecordable.first().map_or("nothing is known of why", |one| one.why.as_str());
        return Some(format!("none of its calls could be recorded: {why}"));
    }
    if capture.pickled {
        return Some("its calls hold values that only pickle can; `--trust-pickles` reads them".to_owned());
    }
    let Some(purity) = &capture.purity else {
        let why = capture.unreplayed.as_deref().unwrap_or("they weren't");
        return Some(format!("its calls couldn't be made again: {why}"));
    };
    if !purity.stable {
        let place =
            purity.difference.as_ref().map(|one| format!(" (call {}, {})", one.call, one.path)).unwrap_or_default();
        let reads =
            if purity.reads.is_empty() { String::new() } else { format!("; it reads {}", purity.reads.join(", ")) };
        return Some(format!("the same calls don't come to the same{place}{reads}"));
    }
    let noticed = purity.effects.iter().find(|effect| !HARMLESS.iter().any(|harmless| effect.starts_with(harmless)));
    noticed.map(|effect| format!("it {effect}, which would be done again and again"))
}

/// The captures that a project has already of functions that it has, by name.
pub(super) fn existing(home: &Path, facts: &Facts) -> Vec<Capture> {
    let folders = std::fs::read_dir(home.join(".rustworthy/captures")).into_iter().flatten().flatten();
    let mut found: Vec<Capture> = folders
        .filter(|folder| folder.file_name().to_str().is_some_and(is_name))
        .filter_map(|folder| serde_json::from_slice(&std::fs::read(folder.path().join("capture.json")).ok()?).ok())
        .filter(|capture: &Capture| capture.schema == SCHEMA && facts.function(&capture.function).is_some())
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;
    use rustworthy_model::capture::{Difference, Overhead, Purity, Unrecordable};

    use super::*;

    pub(in crate::init) fn capture(name: &str, function: &str) -> Capture {
        let purity = Purity {
            replayed: 20,
            stable: true,
            difference: None,
            otherwise: 0,
            redacted_otherwise: 0,
            mutates: false,
            reads: Vec::new(),
            effects: Vec::new(),
            equal: Some("\"exact\"".to_owned()),
        };
        Capture {
            schema: SCHEMA.to_owned(),
            name: name.to_owned(),
            function: function.to_owned(),
            python: "3.11.7".to_owned(),
            calls: 400,
            kept: 20,
            bytes: 2000,
            redacted: 0,
            unrecordable: Vec::new(),
            started: Timestamp::UNIX_EPOCH,
            finished: Timestamp::UNIX_EPOCH,
            processes: 1,
            chosen: 2,
            late: 0,
            all_timed: true,
            full: false,
            streams: None,
            cut_off: 0,
            is_async: false,
            pickled: false,
            recipes: Default::default(),
            held_by: Vec::new(),
            overhead: Overhead { share: None, seconds: 1e-5 },
            purity: Some(purity),
            unreplayed: None,
            workload: format!(
                "[workload.{name}]\ninput = \"capture:{name}\"    # 20 calls stand for 400\nsizes = {{ default = 100, quick = 20 }}    # calls\n\n\
                 [workload.{name}.contender.python]\npython = \"{function}\"\nbaseline = true\n"
            ),
        }
    }

    fn why_not(change: impl FnOnce(&mut Capture)) -> Option<String> {
        let mut capture = capture("rate", "shop:rate");
        change(&mut capture);
        unusable(&capture)
    }

    fn purity(change: impl FnOnce(&mut Purity)) -> Option<String> {
        why_not(|capture| change(capture.purity.as_mut().expect("purity")))
    }

    #[test]
    fn calls_that_come_to_the_same_again_are_used() {
        assert_eq!(why_not(|_| ()), None);
        assert_eq!(purity(|purity| purity.mutates = true), None);
        assert_eq!(purity(|purity| purity.effects = vec!["sets the global CACHE".to_owned()]), None);
    }

    #[test]
    fn calls_that_do_not_are_left_out_with_the_reason() {
        let unstable = purity(|purity| {
            purity.stable = false;
            purity.difference = Some(Difference { call: 3, path: "result.at".to_owned() });
            purity.reads = vec!["clock".to_owned()];
        });
        assert_eq!(
            unstable.as_deref(),
            Some("the same calls don't come to the same (call 3, result.at); it reads clock")
        );
        assert!(
            purity(|purity| purity.effects = vec!["writes files".to_owned()]).unwrap().starts_with("it writes files")
        );
        assert!(why_not(|capture| capture.pickled = true).unwrap().contains("--trust-pickles"));
        let none = why_not(|capture| {
            capture.kept = 0;
            capture.unrecordable = vec![Unrecordable { why: "args[0]: lock".to_owned(), count: 400 }];
        });
        assert!(none.unwrap().ends_with("args[0]: lock"));
        let unreplayed = why_not(|capture| {
            capture.purity = None;
            capture.unreplayed = Some("it was interrupted".to_owned());
        });
        assert!(unreplayed.unwrap().ends_with("it was interrupted"));
    }
}
