//! Every rendering of one rich decision. The snapshots are for people to review: `cargo insta review`.

mod sample;
#[path = "sample/decision.rs"]
mod sample_decision;

use proptest::prelude::*;
use rustworthy_model::Estimate;
use rustworthy_model::comparison::Route;
use rustworthy_model::decision::*;
use rustworthy_reports::decision::{markdown, table, to_version_1};
use rustworthy_reports::{Part, TableOptions, report, to_json};
use sample_decision::{decision, nothing};
use unicode_width::UnicodeWidthStr;

/// A name that would break out of whatever it is put into, if it could.
const HOSTILE: &str = "<script>alert('x')</script>|`@team`\u{202E}\x1b[31m]]>\" onload=\"x {{ name }}:f";

fn page(decision: &Decision) -> String {
    report(&[Part::Decision(decision)])
}

/// The same with every name and detail replaced.
fn renamed(text: &str) -> Decision {
    let mut decision = decision();
    decision.terms.currency = Some(text.into());
    decision.notes = vec![Note::RunIncomplete { run: text.into() }.into()];
    for candidate in &mut decision.candidates {
        candidate.name = text.into();
        candidate.function = Some(text.into());
        candidate.scenario = Some(text.into());
        candidate.size = Some(InputSize { number: 1, name: Some(text.into()) });
        candidate.contender = candidate.contender.as_ref().map(|_| text.into());
        candidate.considered = Some(text.into());
        let obstacle = Obstacle::Failed { error: Some(text.into()) };
        candidate.reasons = vec![Reason::Blocked { contender: text.into(), route: Route::Pyo3, obstacle }.into()];
        candidate.command = Some(text.into());
        candidate.manifest = Some(text.into());
        if let Some(runner_up) = &mut candidate.runner_up {
            runner_up.contender = text.into();
        }
        if let Some(sensitivity) = candidate.cost.as_mut().and_then(|cost| cost.sensitivity.as_mut()) {
            sensitivity.data.input = SensitiveInput::Speedup { contender: text.into() };
        }
    }
    for plan in &mut decision.plans {
        plan.ended = PlanEnd::NextIsLeft { candidate: text.into() }.into();
        plan.scenario = Some(text.into());
        for step in &mut plan.steps {
            step.name = text.into();
            step.contender = Some(text.into());
        }
    }
    for source in &mut decision.sources {
        source.of = vec![text.into()];
        source.run = text.into();
        source.started = text.into();
    }
    decision
}

fn plain(decision: &Decision, width: usize) -> String {
    table(decision, &TableOptions { color: false, width })
}

/// Whether a text holds anything that acts on a terminal or reorders text.
fn steers(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202A}'..='\u{202E}').contains(&c) || c == '\u{2066}')
}

#[test]
fn the_table_reads_well_at_80_columns() {
    insta::assert_snapshot!(plain(&decision(), 80));
}

#[test]
fn the_table_has_everything_at_160_columns() {
    insta::assert_snapshot!(plain(&decision(), 160));
}

#[test]
fn markdown_for_github() {
    insta::assert_snapshot!(markdown(&decision()));
}

#[test]
fn the_section_of_a_page() {
    let page = page(&decision());
    let start = page.find("<section class=\"decision\"").unwrap();
    let length = page[start..].find("</section>").unwrap();
    insta::assert_snapshot!(&page[start..start + length]);
}

#[test]
fn colour_adds_escape_sequences_and_nothing_else() {
    let colored = table(&decision(), &TableOptions { color: true, width: 100 });
    let mut stripped = String::new();
    for (index, piece) in colored.split("\x1b[").enumerate() {
        stripped += if index == 0 { piece } else { piece.split_once('m').unwrap().1 };
    }
    assert_eq!(stripped, plain(&decision(), 100));
}

#[test]
fn a_decision_about_nothing_says_so() {
    let empty = Decision { candidates: Vec::new(), plans: Vec::new(), ..decision() };
    for rendering in [plain(&empty, 80), markdown(&empty), page(&empty)] {
        assert!(rendering.contains("There is nothing to decide."), "{rendering}");
    }
}

#[test]
fn every_verdict_has_its_word_and_its_mark() {
    let mut decision = decision();
    for (name, verdict) in [("mypyc", Verdict::Compile), ("newer", Verdict::UpgradePython)] {
        decision.candidates.push(Candidate { verdict, contender: Some(name.into()), ..nothing(name) });
    }
    let text = plain(&decision, 160);
    assert!(text.contains("1 to compile, 1 to run in another Python"), "{text}");
    for (word, mark) in
        [("migrate", '▲'), ("use library", '■'), ("fix algorithm", '◆'), ("compile", '▶'), ("upgrade python", '△')]
    {
        assert!(text.contains(word), "{text}");
        assert!(markdown(&decision).contains(&format!("**{word}**")), "{word}");
        assert!(page(&decision).contains(&format!("{mark}</span> {word}")), "{word}");
    }
}

#[test]
fn version_1_has_the_words_alone_and_knows_five_verdicts() {
    let mut decision = decision();
    decision.candidates[2].verdict = Verdict::UpgradePython;
    let old: serde_json::Value = serde_json::from_str(&to_json(&to_version_1(&decision))).unwrap();
    assert_eq!(old["schema"], "rustworthy.decision.v1");
    let candidate = &old["candidates"][0];
    assert_eq!(candidate["reasons"][1], "p99 goes from 137 ms to 43.2 ms: −68% (−74 to −61); 5% lower is what counts.");
    assert_eq!(candidate["flips"][0]["text"], "Becomes `leave` with payloads under 410 B.");
    assert!(candidate["flips"][0].get("unit").is_none());
    assert_eq!(candidate["cost"]["sensitivity"]["input"], "requests a month");
    assert_eq!(old["candidates"][2]["verdict"], "fix_algorithm");
    assert!(old["plans"][0]["ended"].is_string() && old["notes"][0].is_string());
}

#[test]
fn a_run_of_version_1_is_read_and_says_what_it_said() {
    // It has no sizes but in its words, no tables for manifests, and nothing of production.
    let mut decision = decision();
    decision.production = None;
    decision.candidates.iter_mut().for_each(|candidate| (candidate.size, candidate.manifest) = (None, None));
    let old = to_version_1(&decision);
    let read: version_1::Decision = serde_json::from_str(&to_json(&old)).unwrap();
    let newest = Decision::from(read);
    assert_eq!(to_version_1(&newest), old);
    assert_eq!(plain(&newest, 100), plain(&decision, 100));
    assert_eq!(markdown(&newest), markdown(&decision));
    assert_eq!(page(&newest), page(&decision));
}

#[test]
fn hostile_names_stay_names() {
    let hostile = renamed(HOSTILE);
    let text = plain(&hostile, 80) + &markdown(&hostile) + &page(&hostile);
    assert!(!steers(&text));
    assert!(!page(&hostile).contains("<script>alert"));
    let outside_of_code: String = markdown(&hostile).split("\n```").step_by(2).collect();
    assert!(!outside_of_code.contains("<script") && !outside_of_code.contains("@team"));
}

#[test]
fn markdown_rows_have_as_many_cells_as_their_table() {
    let text = markdown(&renamed("a|b")).replace("\\|", "");
    for block in text.split("\n\n").filter(|block| block.starts_with("| ")) {
        let cells: Vec<usize> = block.lines().map(|line| line.matches('|').count()).collect();
        assert!(cells.iter().all(|count| *count == cells[0]), "{block}");
    }
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_terminal_but_commands(width in 64_usize..240) {
        let is_command = |line: &&str| line.trim_start_matches("  └ ").starts_with("rustworthy ");
        for line in plain(&decision(), width).lines().filter(|line| !is_command(line)) {
            prop_assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
    }

    #[test]
    fn any_name_can_be_rendered(name in any::<String>()) {
        let decision = renamed(&name);
        prop_assert!(!steers(&plain(&decision, 80)));
        prop_assert!(!steers(&markdown(&decision)));
        let page = page(&decision);
        prop_assert!(!steers(&page));
        // Those of the page itself.
        prop_assert_eq!(page.matches("<script").count(), 2);
    }

    #[test]
    fn any_number_can_be_rendered(bits in any::<[u64; 3]>()) {
        let [estimate, low, high] = bits.map(f64::from_bits);
        let wild = Estimate { estimate, low, high };
        let mut decision = decision();
        let candidate = Candidate {
            speedup: Some(wild),
            p99_change: Some(wild),
            cost: Some(Cost {
                saving_per_month: wild, migration: Some(low), payback_months: Some(wild), sensitivity: None,
            }),
            ..nothing("wild")
        };
        decision.candidates.push(candidate);
        decision.plans[0].steps[0].p99 = Some(wild);
        decision.plans[0].steps[0].payback_months = Some(wild);
        decision.terms.p99_target = Some(estimate);
        decision.terms.horizon_months = Some(low);
        plain(&decision, 80);
        markdown(&decision);
        page(&decision);
    }
}
