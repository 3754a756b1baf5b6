//! Every rendering of one rich comparison. The snapshots are for people to review: `cargo insta review`.

mod sample;

use proptest::prelude::*;
use rustworthy_model::comparison::{Comparison, Settled};
use rustworthy_reports::{Part, TableOptions, html, markdown, report, standing, table};
use unicode_width::UnicodeWidthStr;

fn plain(width: usize) -> String {
    table(&sample::comparison(), &TableOptions { color: false, width })
}

fn colored(width: usize) -> String {
    table(&sample::comparison(), &TableOptions { color: true, width })
}

/// Whether a text holds anything that acts on a terminal or reorders text.
fn steers(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202A}'..='\u{202E}').contains(&c) || c == '\u{2066}')
}

#[test]
fn the_table_reads_well_at_80_columns() {
    insta::assert_snapshot!(plain(80));
}

#[test]
fn the_table_uses_the_room_of_160_columns() {
    insta::assert_snapshot!(plain(160));
}

#[test]
fn the_table_in_colour_at_80_columns() {
    insta::assert_snapshot!(colored(80).replace('\x1b', "␛"));
}

#[test]
fn the_table_in_colour_at_160_columns() {
    insta::assert_snapshot!(colored(160).replace('\x1b', "␛"));
}

#[test]
fn a_workload_stands_in_as_many_lines_as_there_are() {
    let mut workload = sample::comparison().workloads.remove(0);
    workload.contenders[1].settled = Some(Settled::Beaten);
    workload.contenders[2].settled = Some(Settled::Precise);
    let options = TableOptions { color: false, width: 80 };
    insta::assert_snapshot!(standing(&workload, &options, 30));
    for height in 1..12 {
        let drawn = standing(&workload, &options, height);
        assert!(drawn.lines().count() <= height && drawn.lines().all(|line| line.width() <= 80), "{drawn}");
    }
    assert!(!steers(&standing(&workload, &options, 30)));
}

#[test]
fn colour_adds_escape_sequences_and_nothing_else() {
    for width in [60, 80, 120, 160] {
        let mut stripped = String::new();
        for (index, piece) in colored(width).split("\x1b[").enumerate() {
            stripped += if index == 0 { piece } else { piece.split_once('m').unwrap().1 };
        }
        assert_eq!(stripped, plain(width));
    }
}

#[test]
fn nothing_that_steers_reaches_the_terminal() {
    assert!(!steers(&plain(80)));
    assert!(!steers(&plain(400)));
}

#[test]
fn markdown_for_github() {
    let text = markdown(&sample::comparison());
    assert!(!steers(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn markdown_rows_have_as_many_cells_as_their_table() {
    let text = markdown(&sample::comparison()).replace("\\|", "");
    for block in text.split("\n\n").filter(|block| block.starts_with("| ")) {
        let cells: Vec<usize> = block.lines().map(|line| line.matches('|').count()).collect();
        assert!(cells.iter().all(|count| *count == cells[0]), "{block}");
    }
}

#[test]
fn the_page() {
    insta::assert_snapshot!(sample::without_style(&html(&sample::comparison())));
}

#[test]
fn the_page_is_self_contained_and_runs_its_own_scripts_alone() {
    let page = html(&sample::comparison());
    for forbidden in ["<img", "<iframe", " src=", "url(", "@import", " style=", " onload", "http://", "https://"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert_eq!(page.matches("<script").count(), 2);
    let links: Vec<&str> = page.split("href=\"").skip(1).collect();
    assert!(links.iter().all(|rest| rest.starts_with('#') || rest.starts_with("data:,\"")));
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    assert!(!steers(&page));
    assert!(page.contains("[U+202E]"));
}

#[test]
fn the_same_result_gives_the_same_bytes() {
    let comparison = sample::comparison();
    assert_eq!(html(&comparison), html(&comparison));
    assert_eq!(markdown(&comparison), markdown(&comparison));
}

#[test]
fn several_runs_share_a_page_and_of_a_second_machine_only_what_differs_is_told() {
    let first = sample::comparison();
    let mut second = Comparison { workloads: vec![first.workloads[0].clone()], ..first.clone() };
    second.environment.cores = 64;
    let page = report(&[Part::Comparison(&first), Part::Comparison(&second)]);
    let (_, cards) = page.split_once("<h2 id=\"environment\">").unwrap();
    let (_, other) = cards.split_once("Only what differs").unwrap();
    let (facts, _) = other.split_once("</dl>").unwrap();
    assert_eq!(facts.matches("<dt>").count(), 1, "{facts}");
    assert!(facts.contains("<dt>Cores</dt><dd>64</dd>"), "{facts}");
    assert_eq!(page.matches("<tr class=\"row").count(), 22 + 7);
    let same = report(&[Part::Comparison(&first), Part::Comparison(&first)]);
    assert!(same.contains("Nothing differs from run 1."));
}

#[test]
fn a_row_that_differs_or_failed_has_no_speedup() {
    let page = html(&sample::comparison());
    for row in page.split("<tr class=\"row").skip(1) {
        let row = row.split_once("</tr>").unwrap().0;
        let withheld = ["different", "failed", "timed out", "unchecked", "skipped"]
            .iter()
            .any(|verdict| row.contains(&format!("data-verdict=\"{verdict}\"")));
        assert!(!withheld || !row.contains("data-speedup="), "{row}");
    }
}

#[test]
fn every_chart_of_the_page_is_told_to_those_who_do_not_see_it() {
    let page = html(&sample::comparison());
    let charts = page.matches("<svg class=\"chart\"").count();
    assert!(charts >= 8, "{charts}");
    assert_eq!(page.matches("role=\"img\" aria-labelledby=").count(), charts);
    assert_eq!(page.matches("<desc id=").count(), charts);
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
}

#[test]
fn a_run_without_workloads_says_so_everywhere() {
    let mut comparison = sample::comparison();
    comparison.workloads.clear();
    comparison.run.complete = false;
    for text in [table(&comparison, &TableOptions::default()), html(&comparison), markdown(&comparison)] {
        assert!(text.contains("No workload was measured."), "{text}");
        assert!(text.contains("this run is incomplete"), "{text}");
    }
}

#[test]
fn verdicts_have_the_same_words_everywhere() {
    let comparison = sample::comparison();
    let (text, page, document) = (plain(200), html(&comparison), markdown(&comparison));
    for words in ["killed by SIGSEGV", "timed out", "no Python boundary", "not reproduced", "the interval includes 1×"]
    {
        for rendering in [&text, &page, &document] {
            assert!(rendering.contains(words), "{words}");
        }
    }
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_terminal(width in 64_usize..240) {
        for line in plain(width).lines() {
            prop_assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
    }

    #[test]
    fn any_name_and_message_can_be_rendered(name in any::<String>(), message in any::<String>()) {
        let mut comparison = sample::comparison();
        for contender in &mut comparison.workloads[1].contenders {
            contender.name.clone_from(&name);
            contender.error = Some(message.clone());
            contender.equivalence.detail = Some(message.clone());
        }
        comparison.workloads[1].name = name;
        comparison.workloads[1].warnings.push(message);
        prop_assert!(!steers(&table(&comparison, &TableOptions::default())));
        prop_assert!(!steers(&markdown(&comparison)));
        let page = html(&comparison);
        prop_assert!(!steers(&page));
        prop_assert_eq!(page.matches("<script").count(), 2);
    }
}
