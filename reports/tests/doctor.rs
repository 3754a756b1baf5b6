//! The doctor's result: every rendering of it, and its schema.

mod sample;
#[allow(dead_code)]
mod validation;

use std::path::Path;

use proptest::prelude::*;
use rustworthy_model::Estimate;
use rustworthy_model::doctor::*;
use rustworthy_model::environment::{Detectable, Noise};
use rustworthy_reports::doctor::{Detail, markdown, table};
use rustworthy_reports::{TableOptions, schema_json, to_json};
use unicode_width::UnicodeWidthStr;

fn finding(name: &str, level: Level, found: Option<&str>, remedy: Option<(&str, Option<&str>)>) -> Finding {
    Finding {
        name: name.into(),
        found: found.map(str::to_owned),
        level,
        why: format!(
            "Things go wrong in a long sentence about {name}, which says why that matters to those who measure."
        ),
        remedy: remedy.map(|(advice, command)| Remedy { advice: advice.into(), command: command.map(str::to_owned) }),
    }
}

fn doctor() -> Doctor {
    let governor = Some(("Fix the clock.", Some("sudo cpupower frequency-set -g performance")));
    let pages = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled";
    Doctor {
        schema: SCHEMA.into(),
        environment: sample::comparison().environment,
        findings: vec![
            finding("frequency governor", Level::Spoils, Some("powersave"), governor),
            finding(
                "load",
                Level::Spoils,
                Some("others keep 1.24 of 2 processors busy, 0.93 of them `evil|\u{202E}<b>` (pid 4711)"),
                Some(("Wait until it is done, end it, or measure on a machine that does nothing else.", None)),
            ),
            finding("huge pages", Level::Note, Some("always"), Some(("Leave it to programs that ask.", Some(pages)))),
            finding("turbo", Level::Note, None, Some(("Only the host can tell.", None))),
            finding("steal time", Level::Note, None, None),
            finding("swap", Level::Fine, Some("none in use"), None),
            finding("clock source", Level::Fine, Some("tsc"), None),
        ],
        noise: None,
    }
}

fn noise() -> Noise {
    let share = |estimate, low, high| Some(Estimate { estimate, low, high });
    Noise {
        seconds_per_benchmark: 10.0,
        detectable: Detectable { python: share(0.021, 0.017, 0.026), rust: share(0.0043, 0.0038, 0.0051) },
        false_alarm_rate: 0.005,
        comparisons: 24,
        alarms: 0,
        worktrees: true,
    }
}

fn with_noise() -> Doctor {
    Doctor { noise: Some(noise()), ..doctor() }
}

fn plain(doctor: &Doctor, width: usize, detail: Detail) -> String {
    table(doctor, &TableOptions { color: false, width }, detail)
}

#[test]
fn the_table_reads_well_at_80_columns() {
    insta::assert_snapshot!(plain(&doctor(), 80, Detail::Brief));
}

#[test]
fn the_table_in_full() {
    insta::assert_snapshot!(plain(&doctor(), 100, Detail::Full));
}

#[test]
fn the_table_with_a_noise_floor() {
    let text = plain(&with_noise(), 100, Detail::Brief);
    insta::assert_snapshot!(&text[text.find("Noise floor").unwrap()..]);
}

#[test]
fn the_noise_floor_is_one_sentence() {
    let sentence = "a slowdown of 2.1 % or more in 10 s per benchmark, with at most 1 false alarm in 200";
    assert!(plain(&with_noise(), 120, Detail::Brief).contains(sentence));
    assert!(markdown(&with_noise()).contains(sentence));
}

#[test]
fn too_little_data_detects_nothing() {
    let detectable = Detectable { rust: None, ..noise().detectable };
    let doctor = Doctor {
        noise: Some(Noise { detectable, comparisons: 1, alarms: 1, worktrees: false, ..noise() }),
        ..doctor()
    };
    let text = plain(&doctor, 100, Detail::Brief);
    insta::assert_snapshot!(&text[text.find("Noise floor").unwrap()..]);
}

#[test]
fn the_table_in_colour() {
    let text = table(&with_noise(), &TableOptions { color: true, width: 80 }, Detail::Brief);
    insta::assert_snapshot!(text.replace('\x1b', "␛"));
}

#[test]
fn markdown_for_github() {
    insta::assert_snapshot!(markdown(&with_noise()));
}

#[test]
fn a_machine_without_fault_is_told_in_a_line() {
    let mut doctor = doctor();
    doctor.findings.retain(|finding| finding.level == Level::Fine);
    assert!(plain(&doctor, 80, Detail::Brief).contains("\nfine     swap, clock source\n"));
}

#[test]
fn the_schema_in_the_repository_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/doctor.v1.json");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, schema_json::<Doctor>()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        kept,
        schema_json::<Doctor>(),
        "schema/doctor.v1.json is out of date; run: UPDATE_GENERATED=1 cargo test --workspace"
    );
}

#[test]
fn results_are_valid_by_the_schema_and_read_back_as_they_were() {
    for doctor in [doctor(), with_noise()] {
        let value: serde_json::Value = serde_json::from_str(&to_json(&doctor)).unwrap();
        validation::assert_valid::<Doctor>(&value);
        assert_eq!(serde_json::from_value::<Doctor>(value).unwrap(), doctor);
    }
}

proptest! {
    #[test]
    fn nothing_but_commands_is_wider_than_the_terminal(width in 40_usize..200) {
        for detail in [Detail::Brief, Detail::Full] {
            let text = plain(&with_noise(), width, detail);
            for line in text.lines().filter(|line| !line.contains("sudo")) {
                prop_assert!(line.width() <= width, "{} > {width}: {line}", line.width());
            }
        }
    }

    #[test]
    fn any_name_can_be_rendered(name in any::<String>()) {
        let steers = |text: &str| text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202E}');
        let mut doctor = doctor();
        for finding in &mut doctor.findings {
            finding.found = Some(name.clone());
            finding.remedy = Some(Remedy { advice: name.clone(), command: Some(name.clone()) });
        }
        prop_assert!(!steers(&plain(&doctor, 80, Detail::Full)));
        let text = markdown(&doctor);
        prop_assert!(!steers(&text));
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
        prop_assert!(rows.iter().all(|row| [3, 5].contains(&cells(row))), "{text}");
    }
}
