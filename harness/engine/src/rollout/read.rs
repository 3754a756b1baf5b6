//! Reading a folder of telemetry.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::evidence::Evidence;
use super::line::{CountLine, EventLine, Line, VERSION};

/// The longest line that is read; a switch writes a few kilobytes.
const LONGEST_LINE: usize = 1 << 20;

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: u64,
    /// Lines that are none.
    pub(super) skipped_lines: u64,
    /// By name of the switch.
    pub(super) switches: BTreeMap<String, Evidence>,
}

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
    let deaths: Vec<String> = files.iter().filter_map(|file| of_death(file)).map(str::to_owned).collect();
    files.retain(|file| file.extension() == Some(OsStr::new("jsonl")));
    // The order decides which difference is told first among those of the same moment.
    files.sort();
    let mut found = Found::default();
    for file in &files {
        read(file, &mut found).with_context(|| file.display().to_string())?;
    }
    for switch in deaths {
        found.switches.entry(switch).or_default().add_death();
    }
    Ok(found)
}

/// The switch that a file keeps on Python since a process has died in its candidate.
fn of_death(file: &Path) -> Option<&str> {
    if file.extension() == Some(OsStr::new("died")) { file.file_stem()?.to_str() } else { None }
}

fn read(file: &Path, found: &mut Found) -> Result<()> {
    found.files += 1;
    let mut lines = BufReader::new(File::open(file)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let is_whole = line.pop_if(|last| *last == b'\n').is_some();
        if line.is_empty() {
            continue;
        }
        let read =
            (is_whole && line.len() <= LONGEST_LINE).then(|| serde_json::from_slice::<Line>(&line).ok()).flatten();
        match read {
            Some(Line::Event(event)) if event.v == VERSION => add_event(found, event),
            Some(Line::Counts(counts)) if counts.v == VERSION => add_counts(found, &counts),
            _ => found.skipped_lines += 1,
        }
    }
}

fn add_event(found: &mut Found, event: EventLine) {
    found.switches.entry(event.switch.clone()).or_default().add_event(event);
}

fn add_counts(found: &mut Found, counts: &CountLine) {
    found.switches.entry(counts.switch.clone()).or_default().add_counts(counts);
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: &str =
        r#"{"v":1,"from":100.0,"to":100.5,"switch":"a","mode":"shadow","calls":3,"shadowed":2,"equal":2}"#;
    const DIFFERENCE: &str = r#"{"v":1,"at":100.2,"switch":"a","event":"difference","path":".x","why":"values","arguments":"ab","python":"1","rust":"2"}"#;

    fn found(files: &[(&str, String)]) -> Found {
        let made = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(made.path().join(name), content).unwrap();
        }
        folder(made.path()).unwrap()
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
    fn times_are_read_with_their_histograms() {
        let times = r#"{"n":2,"sum":3e-6,"squares":5e-12,"buckets":{"318":1,"350":1}}"#;
        let pairs = format!(r#","pairs":{{"python":{times},"rust":{times},"products":5e-12}}}}"#);
        let line = COUNTS.strip_suffix('}').unwrap().to_owned() + &pairs;
        let found = found(&[("a.jsonl", format!("{line}\n{}\n", line.replace("318", "x")))]);
        assert_eq!((found.skipped_lines, found.switches["a"].counts.calls), (1, 3));
    }

    #[test]
    fn what_is_no_line_is_skipped_and_counted() {
        let lines = format!("{{\"v\":1\n\n{COUNTS}\n\u{0}\u{0}\n{}\n{}", COUNTS.replace(":1,", ":2,"), &COUNTS[..40]);
        let found = found(&[("a.jsonl", lines)]);
        assert_eq!((found.skipped_lines, found.switches["a"].counts.calls), (4, 3));
    }

    #[test]
    fn hostile_numbers_are_no_panic() {
        let lines = COUNTS.replace(r#""calls":3"#, r#""calls":18446744073709551615"#).replace("100.5", "1e308");
        let found = found(&[("a.jsonl", format!("{lines}\n{lines}\n{}\n", DIFFERENCE.replace("100.2", "-1e300")))]);
        assert_eq!(found.switches["a"].counts.calls, u64::MAX);
    }
}
