//! Every rendering of one rich gate. The snapshots are for people to review: `cargo insta review`.

mod sample;
#[path = "sample/gate.rs"]
mod sample_gate;

use proptest::prelude::*;
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use rustworthy_model::gate::*;
use rustworthy_reports::TableOptions;
use rustworthy_reports::gate::{github, junit, markdown, text};
use unicode_width::UnicodeWidthStr;

use sample_gate::HOSTILE;

fn plain(gate: &Gate, width: usize) -> String {
    text(gate, &TableOptions { color: false, width })
}

/// The sample with those of its benchmarks that the verdict would let pass.
fn passing() -> Gate {
    let mut gate = sample_gate::gate();
    gate.verdict = rustworthy_model::gate::Verdict::Pass;
    gate.run.complete = true;
    gate.warnings.clear();
    gate.benchmarks.retain(|benchmark| {
        matches!(benchmark.verdict, BenchmarkVerdict::Unchanged | BenchmarkVerdict::Improved | BenchmarkVerdict::New)
    });
    gate
}

/// The sample with every name and message replaced.
fn renamed(name: &str, message: &str) -> Gate {
    let mut gate = sample_gate::gate();
    gate.old.name = name.into();
    gate.new.name = message.into();
    gate.warnings = vec![message.into()];
    for benchmark in &mut gate.benchmarks {
        benchmark.workload = name.into();
        benchmark.contender = name.into();
        if let Some(problem) = &mut benchmark.problem {
            problem.detail = message.into();
        }
    }
    gate
}

/// Whether a text holds anything that acts on a terminal or reorders text.
fn steers(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202A}'..='\u{202E}').contains(&c) || c == '\u{2066}')
}

#[test]
fn the_text_reads_well_at_80_columns() {
    insta::assert_snapshot!(plain(&sample_gate::gate(), 80));
}

#[test]
fn the_text_uses_the_room_of_120_columns() {
    insta::assert_snapshot!(plain(&sample_gate::gate(), 120));
}

#[test]
fn the_text_of_a_gate_that_passes() {
    insta::assert_snapshot!(plain(&passing(), 120));
}

#[test]
fn colour_adds_escape_sequences_and_nothing_else() {
    let gate = sample_gate::gate();
    for width in [60, 80, 120] {
        let colored = text(&gate, &TableOptions { color: true, width });
        assert!(colored.contains("\x1b[31mregressed"));
        let mut stripped = String::new();
        for (index, piece) in colored.split("\x1b[").enumerate() {
            stripped += if index == 0 { piece } else { piece.split_once('m').unwrap().1 };
        }
        assert_eq!(stripped, plain(&gate, width));
    }
}

#[test]
fn markdown_for_a_pull_request() {
    insta::assert_snapshot!(markdown(&sample_gate::gate()));
}

#[test]
fn markdown_of_a_gate_that_passes() {
    insta::assert_snapshot!(markdown(&passing()));
}

#[test]
fn markdown_rows_have_as_many_cells_as_their_table() {
    let text = markdown(&sample_gate::gate()).replace("\\|", "");
    for block in text.split("\n\n").filter(|block| block.starts_with("| ")) {
        let cells: Vec<usize> = block.lines().map(|line| line.matches('|').count()).collect();
        assert!(cells.iter().all(|count| *count == cells[0]), "{block}");
    }
}

#[test]
fn a_comment_on_many_benchmarks_stays_within_what_github_takes() {
    let mut gate = sample_gate::gate();
    gate.benchmarks = gate.benchmarks.iter().cycle().take(1_700).cloned().collect();
    let text = markdown(&gate);
    assert!(text.chars().count() < 65_536, "{}", text.chars().count());
    assert!(text.contains("And 1,400 more") || text.contains("And 1400 more"), "{text}");
}

#[test]
fn junit_xml() {
    insta::assert_snapshot!(junit(&sample_gate::gate()));
}

#[test]
fn annotations() {
    insta::assert_snapshot!(github(&sample_gate::gate()));
}

#[test]
fn junit_counts_what_would_fail_the_gate() {
    let report = Report::deserialize_from_str(&junit(&sample_gate::gate())).unwrap();
    assert_eq!((report.tests, report.failures, report.errors, report.skipped), (17, 8, 5, 1));
    let suites: Vec<usize> = report.test_suites.iter().map(|suite| suite.test_cases.len()).collect();
    assert_eq!(suites, [5, 3, 8, 1]);
    let missing = report.test_suites[2].test_cases.iter().find(|case| case.name.as_str() == "removed").unwrap();
    let TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, ty, .. } = &missing.status else {
        panic!("{missing:?}");
    };
    assert_eq!(ty.as_deref(), Some("missing"));
}

#[test]
fn a_command_is_quoted_for_the_shell_and_left_out_for_files_of_others() {
    let mut gate = sample_gate::gate();
    gate.old.name = "it's old".into();
    let command = r"rustworthy gate --against 'it'\''s old' sum-squares --filter sum-squares:pyo3-serial";
    assert_eq!(plain(&gate, 80).matches(command).count(), 1);
    gate.old.origin = Origin::Import;
    let text = plain(&gate, 80) + &markdown(&Gate { run: passing().run, ..gate.clone() }) + &github(&gate);
    assert!(!text.contains("--filter") && !text.contains("To measure"));
}

#[test]
fn the_first_line_says_what_is_held_against_what() {
    let first = |gate: &Gate| plain(gate, 200).lines().next().unwrap().to_owned();
    assert_eq!(
        first(&passing()),
        "pass: none of 4 benchmarks has regressed, the working tree (9e8d7c6b5, modified) against main (137d11c0f)"
    );
    let mut gate = sample_gate::gate();
    gate.old = Side { origin: Origin::Run, name: "2026-11-22".into(), commit: None, modified: false };
    gate.new = Side { origin: Origin::Revision, name: "9e8d7c6".into(), ..gate.new };
    gate.new.modified = false;
    gate.benchmarks.truncate(2);
    assert_eq!(first(&gate), "regressed: 1 of 2 benchmarks is slower, 9e8d7c6 against run 2026-11-22");
    gate.verdict = rustworthy_model::gate::Verdict::Inconclusive;
    gate.benchmarks.clear();
    assert_eq!(first(&gate), "inconclusive: no benchmark was compared, 9e8d7c6 against run 2026-11-22");
}

#[test]
fn a_run_that_was_cut_short_says_so_everywhere() {
    let gate = sample_gate::gate();
    for rendering in [plain(&gate, 80), markdown(&gate), junit(&gate), github(&gate)] {
        assert!(rendering.contains("this run is incomplete"), "{rendering}");
    }
}

#[test]
fn the_page_has_every_benchmark_and_its_verdict() {
    let gate = sample_gate::gate();
    let page = rustworthy_reports::report(&[rustworthy_reports::Part::Gate(&gate)]);
    assert!(page.contains("Has anything become slower?"));
    let (_, section) = page.split_once("<h2 id=\"part-1-name\">").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    assert_eq!(section.matches("<th scope=\"row\">").count(), gate.benchmarks.len());
    for word in ["regressed", "improved", "unchanged", "inconclusive", "fresh measurement", "--against"] {
        assert!(section.contains(word), "{word}");
    }
    assert!(!section.contains("<script") && !section.contains('\u{202E}'));
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_terminal_but_commands(width in 72_usize..240) {
        let text = plain(&sample_gate::gate(), width);
        for line in text.lines().filter(|line| !line.starts_with("  rustworthy ")) {
            prop_assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
    }

    #[test]
    fn any_name_and_message_can_be_rendered(name in any::<String>(), message in any::<String>()) {
        let gate = renamed(&name, &message);
        prop_assert!(!steers(&plain(&gate, 80)));
        prop_assert!(!steers(&markdown(&gate)));
        let annotations = github(&gate);
        prop_assert!(!steers(&annotations));
        prop_assert_eq!(annotations.lines().count(), 18, "one of the verdict, two of warnings, one of each change");
        prop_assert!(annotations.lines().all(|line| line.starts_with("::")));
        let report = Report::deserialize_from_str(&junit(&gate)).unwrap();
        prop_assert_eq!(report.tests, 17);
    }
}

#[test]
fn hostile_names_stay_names() {
    let gate = renamed(HOSTILE, HOSTILE);
    let text = markdown(&gate);
    let outside_of_code: String = text.split("\n```").step_by(2).collect();
    assert!(!outside_of_code.contains("<script") && !outside_of_code.contains("@team"));
    let report = Report::deserialize_from_str(&junit(&gate)).unwrap();
    assert!(report.test_suites[0].name.starts_with("<script>|a ::error::"));
    assert!(!github(&gate).lines().any(|line| line.starts_with("::error::")));
}
