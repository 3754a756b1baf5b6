//! Reading a folder of telemetry.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::evidence::Evidence;
use super::line::{CountLine, Counts, EventLine, VERSION};
use super::{check, marks};

/// The longest line that is read; a switch writes a few kilobytes.
const LONGEST_LINE: usize = 1 << 20;

/// What to do about a line that no switch has written.
const REMEDY: &str = "no switch writes this; remove the line, or the file, and ask again";

/// Events of this version; those of later ones are left out as later versions are.
const EVENTS: [&str; 2] = ["difference", "breaker"];

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: u64,
    /// Lines that are none.
    pub(super) skipped_lines: u64,
    /// What tells the salts of digests apart.
    pub(super) salts: BTreeSet<String>,
    /// By name of the switch.
    pub(super) switches: BTreeMap<String, Evidence>,
}

/// What the lines of a process and a switch add up to, and where the last of them stands.
type Sums = BTreeMap<(String, String), (Counts, PathBuf, usize)>;

/// Reads all files of a folder.
pub(super) fn folder(folder: &Path) -> Result<Found> {
    if !folder.is_dir() {
        bail!(
            "{}: no such folder; name the one that RUSTWORTHY_TELEMETRY names for the program with --telemetry DIR",
            folder.display()
        );
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>())
        .with_context(|| folder.display().to_string())?;
    // The order decides which difference is told first among those of the same moment.
    files.sort();
    let mut found = Found::default();
    let mut sums = Sums::new();
    let now = Timestamp::now().as_millisecond() as f64 / 1e3;
    for file in of_kind(&files, "jsonl") {
        read(file, now, &mut found, &mut sums).with_context(|| file.display().to_string())?;
    }
    for ((_, switch), (counts, file, line)) in &sums {
        if let Err(problem) = check::sums(counts) {
            bail!("{}:{line}: switch '{switch}': {problem}: {REMEDY}", file.display());
        }
    }
    add_ends(&files, &mut found);
    Ok(found)
}

fn of_kind<'a>(files: &'a [PathBuf], kind: &'static str) -> impl Iterator<Item = &'a Path> {
    files.iter().map(PathBuf::as_path).filter(move |file| file.extension() == Some(OsStr::new(kind)))
}

/// Adds what processes have ended in: by the files that the package has made of it, and by the marks of those that no switch has been
/// defined after.
fn add_ends(files: &[PathBuf], found: &mut Found) {
    let named = |kind| of_kind(files, kind).filter_map(|file| Some((file, file.file_stem()?.to_str()?.to_owned())));
    let mut died: BTreeSet<String> = named("died").map(|(_, switch)| switch).collect();
    let mut ended: BTreeMap<String, u64> = named("ended")
        .map(|(file, switch)| (switch, fs::read_to_string(file).map_or(0, |lines| lines.lines().count() as u64)))
        .collect();
    let mut elsewhere = BTreeSet::new();
    // Marks that can't be read are another user's, or gone by now.
    for end in of_kind(files, "running").filter_map(|file| marks::end(file).ok().flatten()) {
        died.extend(end.died);
        elsewhere.extend(end.elsewhere);
        for switch in end.ended {
            *ended.entry(switch).or_default() += 1;
        }
    }
    for switch in died {
        found.switches.entry(switch).or_default().add_death();
    }
    // A process that has ended elsewhere shows that it isn't the candidate that ends them.
    for (switch, ends) in ended.into_iter().filter(|(switch, _)| !elsewhere.contains(switch)) {
        found.switches.entry(switch).or_default().add_ends(ends);
    }
}

fn read(file: &Path, now: f64, found: &mut Found, sums: &mut Sums) -> Result<()> {
    found.files += 1;
    let process = process(file);
    let mut lines = BufReader::new(File::open(file)?);
    let mut line = Vec::new();
    for number in 1_usize.. {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let is_whole = line.pop_if(|last| *last == b'\n').is_some();
        if line.is_empty() {
            continue;
        }
        let value = (is_whole && line.len() <= LONGEST_LINE).then(|| serde_json::from_slice(&line).ok()).flatten();
        let Some(value) = value.filter(is_ours) else {
            found.skipped_lines += 1;
            continue;
        };
        let added = if value.get("event").is_some() {
            add_event(value, now, found)
        } else {
            add_counts(value, now, found).map(|(switch, counts)| {
                let sum = sums.entry((process.clone(), switch)).or_default();
                sum.0.add(&counts);
                (sum.1, sum.2) = (file.to_path_buf(), number);
            })
        };
        if let Err(problem) = added {
            bail!("line {number}: {problem}: {REMEDY}");
        }
    }
    Ok(())
}

/// The process of a file, whose name begins with the day.
fn process(file: &Path) -> String {
    let name = file.file_stem().map(OsStr::to_string_lossy).unwrap_or_default();
    name.split_once('-').map_or_else(|| name.to_string(), |(_, process)| process.to_owned())
}

/// Whether a line is of this version, and of what this version knows.
fn is_ours(value: &Value) -> bool {
    let is_known = value.get("event").is_none_or(|event| event.as_str().is_some_and(|event| EVENTS.contains(&event)));
    value.get("v").and_then(Value::as_u64) == Some(VERSION) && is_known
}

fn add_event(value: Value, now: f64, found: &mut Found) -> Result<(), String> {
    let event: EventLine = serde_json::from_value(value).map_err(|error| error.to_string())?;
    check::event(&event, now)?;
    found.salts.extend(event.salt.clone());
    found.switches.entry(event.switch.clone()).or_default().add_event(event);
    Ok(())
}

fn add_counts(value: Value, now: f64, found: &mut Found) -> Result<(String, Counts), String> {
    let line: CountLine = serde_json::from_value(value).map_err(|error| error.to_string())?;
    check::counts(&line, now)?;
    found.switches.entry(line.switch.clone()).or_default().add_counts(&line);
    Ok((line.switch, line.counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: &str =
        r#"{"v":1,"from":100.0,"to":100.5,"switch":"a","mode":"shadow","calls":3,"shadowed":2,"equal":2}"#;
    const DIFFERENCE: &str = r#"{"v":1,"at":100.2,"switch":"a","event":"difference","path":".x","why":"values","arguments":"ab","python":"1","rust":"2","salt":"ab"}"#;

    fn read(files: &[(&str, String)]) -> Result<Found> {
        let made = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(made.path().join(name), content).unwrap();
        }
        folder(made.path())
    }

    fn found(files: &[(&str, String)]) -> Found {
        read(files).unwrap()
    }

    #[test]
    fn lines_of_all_processes_add_up() {
        let one = format!("{COUNTS}\n{DIFFERENCE}\n{COUNTS}\n");
        let found = found(&[("a.jsonl", one), ("b.jsonl", format!("{COUNTS}\n")), ("salt", "other".into())]);
        assert_eq!((found.files, found.skipped_lines), (2, 0));
        let evidence = &found.switches["a"];
        assert_eq!((evidence.counts.calls, evidence.counts.equal), (9, 6));
        assert_eq!(evidence.first_difference.as_ref().unwrap().path, ".x");
    }

    #[test]
    fn a_death_is_told_by_its_file_where_no_line_tells_of_it() {
        let event = DIFFERENCE.replace("difference", "breaker").replace(r#""why":"values""#, r#""why":"died""#);
        let lines = format!("{COUNTS}\n{event}\n");
        let found = found(&[("a.jsonl", lines), ("a.died", String::new()), ("b.c.died", String::new())]);
        let times =
            |name: &str| found.switches[name].breakers().iter().map(|breaker| breaker.times).collect::<Vec<_>>();
        assert_eq!((times("a"), times("b.c"), found.skipped_lines), (vec![1], vec![1], 0));
    }

    #[test]
    fn ends_without_a_crash_are_deaths_when_they_are_three_in_a_row() {
        let found = found(&[("a.ended", "{}\n{}\n".into()), ("b.ended", "{}\n{}\n{}\n".into())]);
        let of = |name: &str| (found.switches[name].ended_within, found.switches[name].breakers().len());
        assert_eq!((of("a"), of("b")), ((2, 0), (3, 1)));
    }

    #[test]
    fn salts_are_told_apart() {
        let other = DIFFERENCE.replace(r#""salt":"ab""#, r#""salt":"cd""#);
        let unnamed = DIFFERENCE.replace(r#","salt":"ab""#, "");
        let found = found(&[("a.jsonl", format!("{DIFFERENCE}\n{DIFFERENCE}\n{unnamed}\n{other}\n"))]);
        assert_eq!((found.salts.len(), found.skipped_lines), (2, 0));
    }

    #[test]
    fn times_are_read_with_their_histograms() {
        let line = with_pairs(TIMES, TIMES, "5e-12");
        let found = found(&[("a.jsonl", format!("{line}\n"))]);
        assert_eq!((found.skipped_lines, found.switches["a"].counts.calls), (0, 3));
    }

    const TIMES: &str = r#"{"n":2,"sum":3e-6,"squares":5e-12,"buckets":{"318":1,"350":1}}"#;

    fn with_pairs(python: &str, rust: &str, products: &str) -> String {
        let pairs = format!(r#","pairs":{{"python":{python},"rust":{rust},"products":{products}}}}}"#);
        COUNTS.strip_suffix('}').unwrap().to_owned() + &pairs
    }

    #[test]
    fn what_is_no_line_is_skipped_and_counted() {
        let lines = format!(
            "{{\"v\":1\n\n{COUNTS}\n\u{0}\u{0}\n{}\n{}\n{}",
            COUNTS.replace(":1,", ":2,"),
            DIFFERENCE.replace("difference", "later"),
            &COUNTS[..40]
        );
        let found = found(&[("a.jsonl", lines)]);
        assert_eq!((found.skipped_lines, found.switches["a"].counts.calls), (5, 3));
    }

    /// Taken for what it says it would be promoted, or kept from it, for no reason.
    #[test]
    fn a_line_that_no_switch_can_have_written_is_refused_with_its_place() {
        let times = |from, to| with_pairs(&TIMES.replace(from, to), TIMES, "5e-12");
        for (what, line, problem) in [
            ("a negative count", COUNTS.replace(r#""equal":2"#, r#""equal":-2"#), "invalid value"),
            ("a count with a fraction", COUNTS.replace(r#""equal":2"#, r#""equal":1.5"#), "invalid type"),
            ("no switch", COUNTS.replace("switch", "switched"), "missing field `switch`"),
            ("before 1970", COUNTS.replace("100.0", "-1.0"), "'from' -1"),
            ("no time", COUNTS.replace("100.5", "1e308"), "'to' 1"),
            ("in years", COUNTS.replace("100.5", "9000000000.0"), "'to' 9000000000"),
            ("backwards", COUNTS.replace("100.0", "100.6"), "'from' 100.6 is after 'to' 100.5"),
            ("an event in years", DIFFERENCE.replace("100.2", "9e9"), "'at' 9000000000"),
            ("an unknown breaker", DIFFERENCE.replace("difference", "breaker"), "unknown variant"),
            ("a bucket that is none", times("318", "x"), "invalid digit"),
            ("a bucket of centuries", times("318", "3180"), "bucket 3180"),
            ("another number", times(r#""n":2"#, r#""n":3"#), "has 2 times in its histogram, and 3 in all"),
            ("another sum", times("3e-6", "3e-3"), "adds up to 0.003 s"),
            ("a negative sum", times("3e-6", "-3e-6"), "adds up to -0.000003 s"),
            ("other squares", times("5e-12", "4e-12"), "squares"),
            ("one side alone", with_pairs(TIMES, r#"{"n":0,"sum":0,"squares":0,"buckets":{}}"#, "0"), "'pairs' has 2"),
            ("other products", with_pairs(TIMES, TIMES, "1"), "products"),
        ] {
            let error = format!("{:#}", read(&[("a.jsonl", format!("{COUNTS}\n{line}\n"))]).expect_err(what));
            assert!(error.contains("a.jsonl: line 2: ") && error.contains(problem), "{what}: {error}");
            assert!(error.contains("remove the line"), "{what}: {error}");
        }
    }

    #[test]
    fn more_outcomes_than_calls_are_refused_for_a_process_and_not_for_a_line() {
        // What was under way when the day or the line ended is counted in the next one.
        let [first, second] = [r#""shadowed":30,"equal":2"#, r#""shadowed":0,"equal":28"#]
            .map(|counts| COUNTS.replace(r#""calls":3"#, r#""calls":20"#).replace(r#""shadowed":2,"equal":2"#, counts));
        let days =
            found(&[("20261129-h-1-ab.jsonl", format!("{first}\n")), ("20261130-h-1-ab.jsonl", format!("{second}\n"))]);
        assert_eq!(days.switches["a"].counts.equal, 30);
        for (counts, problem) in [
            (r#""calls":3,"shadowed":2,"equal":12"#, "12 equal, different and unchecked, of 2 shadowed"),
            (r#""calls":3,"shadowed":2,"different":40"#, "40 equal, different and unchecked, of 2 shadowed"),
            (r#""calls":3,"shadowed":5000,"equal":5000"#, "5000 shadowed, of 3 calls"),
            (r#""calls":3,"rust":5000"#, "5000 rust, of 3 calls"),
            (r#""calls":3,"failed":1,"raised_alike":99"#, "99 raised_alike, of 1 failed"),
        ] {
            let line = COUNTS.replace(r#""calls":3,"shadowed":2,"equal":2"#, counts);
            let error = format!("{:#}", read(&[("a.jsonl", format!("{line}\n"))]).expect_err(counts));
            assert!(error.contains("a.jsonl:1: switch 'a'") && error.contains(problem), "{error}");
        }
    }

    #[test]
    fn hostile_numbers_are_no_panic() {
        let lines = COUNTS.replace(r#""calls":3"#, r#""calls":18446744073709551615"#);
        let found = found(&[("a.jsonl", format!("{lines}\n{lines}\n"))]);
        assert_eq!(found.switches["a"].counts.calls, u64::MAX);
        for number in ["1e999", "18446744073709551616", "-0.0", "null", "{}"] {
            let _ = read(&[("a.jsonl", format!("{}\n", COUNTS.replace("100.5", number)))]);
        }
    }
}
