//! Every rendering of a rollout. The snapshots are for people to review: `cargo insta review`.

mod validation;

use rustworthy_model::Estimate;
use rustworthy_model::rollout::*;
use rustworthy_reports::rollout::{markdown, text};
use rustworthy_reports::{TableOptions, to_json};
use unicode_width::UnicodeWidthStr;

const HOSTILE: &str = "\u{1b}[31m<b>|`@everyone`\u{202e}\n";

fn between(low: f64, estimate: f64, high: f64) -> Estimate {
    Estimate { estimate, low, high }
}

fn switch(name: &str, verdict: Verdict, reasons: Vec<Reason>) -> Switch {
    Switch {
        name: name.into(),
        function: Some("shop.orders:totals".into()),
        calls: 12_345_678,
        answered_by_rust: 0,
        shadowed: 120_000,
        equal: 119_990,
        different: 0,
        unchecked: 0,
        failed: 0,
        raised_alike: 12,
        fell_back: 0,
        passed: 0,
        unshadowed: Unshadowed::default(),
        ended_within: 0,
        breakers: Vec::new(),
        first_difference: None,
        first: Some("2026-11-28T08:00:00Z".parse().unwrap()),
        last: Some("2026-11-29T08:00:00Z".parse().unwrap()),
        difference_rate: between(0.0, 0.0, 2.68e-5),
        speedup: Some(between(3.1, 3.2, 3.35)),
        speedup_of: Some(TimesOf::Answers),
        p99_change: Some(between(-0.21, -0.18, -0.15)),
        verdict,
        reasons,
    }
}

fn rollout() -> Rollout {
    let promoted = switch(
        "totals",
        Verdict::Promote,
        vec![Reason::Equal { calls: 119_990 }, Reason::Faster, Reason::TailNotWorse],
    );
    let open = Switch {
        calls: 41_000,
        shadowed: 410,
        equal: 400,
        unshadowed: Unshadowed { uncopyable: 7, suspended: 3, busy: 5, impure: 0 },
        difference_rate: between(0.0, 0.0, 0.008),
        speedup: Some(between(0.8, 1.1, 1.5)),
        speedup_of: Some(TimesOf::Shadow),
        p99_change: None,
        ..switch(
            "validate",
            Verdict::KeepShadowing,
            vec![
                Reason::TooFewCalls { more: 2_818, days: Some(7.04) },
                Reason::Unseen { share: 0.017 },
                Reason::MaybeNotFaster,
            ],
        )
    };
    let back = Switch {
        different: 3,
        failed: 1,
        passed: 2,
        ended_within: 1,
        breakers: vec![Breaker { why: Trip::Raised, times: 1 }, Breaker { why: Trip::Died, times: 2 }],
        first_difference: Some(Difference {
            at: "2026-11-28T09:00:00Z".parse().unwrap(),
            path: "[17].price".into(),
            why: "types".into(),
            arguments: "4bf0e71a9477".into(),
        }),
        difference_rate: between(1e-6, 2.5e-5, 1.1e-4),
        ..switch(
            "prices",
            Verdict::RollBack,
            vec![Reason::Different { calls: 3 }, Reason::Failed { calls: 1 }, Reason::Died],
        )
    };
    let off = Switch {
        equal: 0,
        shadowed: 0,
        difference_rate: between(0.0, 0.0, 1.0),
        speedup: None,
        speedup_of: None,
        p99_change: None,
        ..switch("off", Verdict::KeepShadowing, vec![Reason::NothingCompared])
    };
    Rollout {
        schema: SCHEMA.into(),
        confidence: 0.95,
        bound: 1e-3,
        files: 8,
        skipped_lines: 1,
        salts: 2,
        switches: vec![off, back, promoted, open],
    }
}

/// The same with every text replaced.
fn hostile() -> Rollout {
    let mut rollout = rollout();
    for switch in &mut rollout.switches {
        switch.name = HOSTILE.into();
        switch.function = Some(format!("a:b; {HOSTILE}"));
        if let Some(first) = &mut switch.first_difference {
            first.path = HOSTILE.into();
            first.why = HOSTILE.into();
            first.arguments = HOSTILE.into();
        }
    }
    rollout
}

fn plain(rollout: &Rollout, width: usize) -> String {
    text(rollout, &TableOptions { color: false, width })
}

#[test]
fn the_text_reads_well_at_80_columns() {
    let text = plain(&rollout(), 80);
    assert!(text.lines().all(|line| line.width() <= 80 || line.starts_with("  rustworthy ")), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_text_uses_the_room_of_120_columns() {
    insta::assert_snapshot!(plain(&rollout(), 120));
}

#[test]
fn the_markdown_is_a_table() {
    insta::assert_snapshot!(markdown(&rollout()));
}

#[test]
fn names_and_paths_steer_no_terminal_and_open_no_markup() {
    let text = plain(&hostile(), 100);
    assert!(text.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{text}");
    assert!(!text.contains("rustworthy capture"), "{text}");
    let markdown = markdown(&hostile());
    assert!(
        !markdown.contains("<b>") && !markdown.contains("@everyone") && !markdown.contains('\u{202e}'),
        "{markdown}"
    );
    assert!(!markdown.contains("rustworthy capture"), "{markdown}");
}

#[test]
fn a_result_is_valid_by_the_schema_and_reads_back() {
    let json = to_json(&rollout());
    let value = serde_json::from_str(&json).unwrap();
    validation::assert_valid::<Rollout>(&value);
    assert_eq!(serde_json::from_str::<Rollout>(&json).unwrap(), rollout());
}
