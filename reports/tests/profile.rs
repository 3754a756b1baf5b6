//! Renderings of a profile.

use jiff::Timestamp;
use proptest::prelude::*;
use rustworthy_model::profile::{
    Frame, Function, Kind, KindShare, Profile, SCHEMA, Sample, Samples, Stacks, Target, Thread,
};
use rustworthy_model::{Estimate, Run};
use rustworthy_reports::TableOptions;
use rustworthy_reports::profile::{difference, flame_graph, folded, markdown, page, speedscope, table};

fn frame(name: &str, kind: Kind) -> Frame {
    Frame { name: name.to_owned(), file: Some("/srv/app.py".to_owned()), line: Some(3), kind }
}

fn stacks() -> Stacks {
    let mut stacks = Stacks::new(0.005);
    stacks.threads = vec!["MainThread".to_owned(), "worker; <1>".to_owned()];
    let parse = stacks.stack([frame("main", Kind::Python), frame("parse", Kind::Python)]);
    let sort = stacks.stack([frame("main", Kind::Python), frame("sort<T>; \u{1b}[31m", Kind::Native)]);
    for (number, stack) in [parse, sort, parse, parse].into_iter().enumerate() {
        stacks.samples.push(Sample { at: 0.005 * number as f64, thread: number % 2, stack, waits: false });
    }
    stacks
}

fn share(estimate: f64) -> Estimate {
    Estimate { estimate, low: 0.8 * estimate, high: (1.2 * estimate).min(1.0) }
}

fn target(name: &str) -> Target {
    let function = |name: &str, kind, own, total| Function {
        name: name.to_owned(),
        file: Some("/srv/app.py".to_owned()),
        line: Some(3),
        kind,
        self_share: share(own),
        total_share: share(total),
    };
    let kind = |kind, detail: Option<&str>, of| KindShare { kind, detail: detail.map(str::to_owned), share: share(of) };
    Target {
        name: name.to_owned(),
        files: "profile".to_owned(),
        python: Some("3.11".to_owned()),
        seconds: 10.0,
        rate: 200.0,
        samples: Samples { taken: 300, active: 300, waiting: 40, ..Samples::default() },
        one_percent: Some(Estimate { estimate: 0.01, low: 0.0034, high: 0.0290 }),
        seconds_per_call: Some(0.01),
        exit_code: None,
        threads: vec![Thread { name: "MainThread".to_owned(), active: 300, waiting: 40 }],
        kinds: vec![
            kind(Kind::Python, None, 0.7),
            kind(Kind::Native, Some("numpy"), 0.25),
            kind(Kind::Gc, None, 0.05),
            kind(Kind::Waiting, Some("a lock"), 0.12),
        ],
        functions: vec![
            function("parse", Kind::Python, 0.7, 0.75),
            function("numpy \u{202e}", Kind::Native, 0.25, 0.25),
            function("rare", Kind::Python, 0.001, 0.001),
        ],
        notes: vec!["3.0 % of the samples failed: what was read made no sense".to_owned()],
    }
}

fn profile() -> Profile {
    Profile {
        schema: SCHEMA.to_owned(),
        run: Run {
            id: "20261125T120000Z-0001".to_owned(),
            started: Timestamp::UNIX_EPOCH,
            finished: None,
            command: vec!["rustworthy".to_owned(), "profile".to_owned()],
            seed: 1,
            confidence: 0.95,
            complete: true,
        },
        targets: vec![target("csv-apply:python")],
    }
}

#[test]
fn the_table_tells_what_the_time_goes_to_and_what_the_samples_are_worth() {
    insta::assert_snapshot!(table(&profile(), &TableOptions { color: false, width: 100 }));
}

#[test]
fn markdown_has_the_same() {
    insta::assert_snapshot!(markdown(&profile()));
}

#[test]
fn folded_stacks_are_counted_and_sorted_and_names_cant_break_them() {
    insta::assert_snapshot!(folded(&stacks(), false));
    insta::assert_snapshot!(folded(&stacks(), true));
}

#[test]
fn speedscope_has_a_timeline_for_each_thread() {
    let file: serde_json::Value = serde_json::from_str(&speedscope("app", &stacks())).unwrap();
    let profiles = file["profiles"].as_array().unwrap();
    assert_eq!((profiles.len(), &profiles[0]["name"]), (2, &"MainThread".into()));
    assert_eq!(
        (&profiles[0]["samples"], &profiles[0]["endValue"]),
        (&serde_json::json!([[0, 1], [0, 1]]), &0.01.into())
    );
    assert_eq!(file["shared"]["frames"][1], serde_json::json!({"name": "parse", "file": "/srv/app.py", "line": 3}));
}

#[test]
fn a_flame_graph_names_functions_and_kinds_and_escapes_them() {
    let svg = flame_graph(&target("a <b> & c"), &stacks(), true).unwrap();
    assert!(svg.contains("parse (app.py:3)") && svg.contains("sort&lt;T&gt;") && svg.contains("[native]"), "{svg}");
    assert!(svg.contains("a &lt;b&gt; &amp; c") && !svg.contains('\u{1b}'), "{svg}");
    assert!(flame_graph(&target("nothing"), &Stacks::new(0.005), false).is_err());
}

#[test]
fn what_is_gone_after_is_as_wide_in_the_difference_as_it_was_before() {
    let mut after = Stacks::new(0.005);
    let stack = after.stack([frame("main", Kind::Python), frame("fast", Kind::Rust)]);
    after.samples.push(Sample { at: 0.0, thread: 0, stack, waits: false });
    let quick = Target { seconds_per_call: Some(0.001), ..target("after") };
    let svg = difference((&target("before"), &stacks()), (&quick, &after)).unwrap();
    assert!(svg.contains("parse (app.py:3) (75,000"), "{svg}");
    let both = Profile { targets: vec![quick, target("before")], ..profile() };
    let page = page(&both, &[svg.clone(), svg.clone()], &svg);
    assert!(page.matches("<iframe").count() == 3 && page.matches("<script").count() == 2, "{page}");
}

proptest! {
    #[test]
    fn no_name_breaks_a_folded_line(names in prop::collection::vec(".{0,30}", 1..6)) {
        let mut stacks = Stacks::new(0.01);
        let stack = stacks.stack(names.iter().map(|name| frame(name, Kind::Python)));
        stacks.samples.push(Sample { at: 0.0, thread: 0, stack, waits: false });
        let text = folded(&stacks, false);
        prop_assert_eq!(text.lines().count(), 1);
        let (frames, count) = text.trim_end().rsplit_once(' ').unwrap();
        prop_assert_eq!((frames.split(';').count(), count), (names.len(), "1"));
    }
}
