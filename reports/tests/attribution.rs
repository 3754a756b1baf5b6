//! Every rendering of attributions. The snapshots are for people to review: `cargo insta review`.

mod sample;
#[path = "sample/attribution.rs"]
mod sample_attribution;

use proptest::prelude::*;
use rustworthy_model::attribution::{Attribution, Kind};
use rustworthy_model::profile::Stacks;
use rustworthy_reports::attribution::{self, markdown, page};
use rustworthy_reports::{TableOptions, profile};
use unicode_width::UnicodeWidthStr;

use sample_attribution::{attribution, hostile, rejected, renamed, thin, trace};

fn plain(attribution: &Attribution, width: usize) -> String {
    attribution::table(attribution, &TableOptions { color: false, width })
}

/// Whether a text holds anything that acts on a terminal or reorders text.
fn steers(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202A}'..='\u{202E}').contains(&c) || c == '\u{2066}')
}

/// A flame graph as the page gets one.
fn flame_graph() -> String {
    let target = |name: &str| rustworthy_model::profile::Target {
        name: name.into(),
        files: "profile".into(),
        python: None,
        seconds: 1.0,
        rate: 200.0,
        samples: rustworthy_model::profile::Samples {
            taken: 3,
            active: 3,
            ..rustworthy_model::profile::Samples::default()
        },
        one_percent: None,
        seconds_per_call: None,
        exit_code: None,
        threads: Vec::new(),
        kinds: Vec::new(),
        functions: Vec::new(),
        notes: Vec::new(),
    };
    let stacks = |names: &[&str]| {
        let mut stacks = Stacks::new(0.005);
        for name in names {
            let frame = |name: &str| rustworthy_model::profile::Frame {
                name: name.into(),
                file: None,
                line: None,
                kind: rustworthy_model::profile::Kind::Python,
            };
            let stack = stacks.stack([frame("handle"), frame(name)]);
            stacks.samples.push(rustworthy_model::profile::Sample { at: 0.0, thread: 0, stack, waits: false });
        }
        stacks
    };
    let (tail, body) = (stacks(&["validate", "validate", "render"]), stacks(&["validate", "render", "]]></script>"]));
    profile::difference((&target("the slowest 1 %"), &tail), (&target("the median"), &body)).unwrap()
}

#[test]
fn the_table_reads_well_at_80_columns() {
    insta::assert_snapshot!(plain(&attribution(), 80));
}

#[test]
fn the_table_uses_the_room_of_120_columns() {
    insta::assert_snapshot!(plain(&attribution(), 120));
}

#[test]
fn the_table_has_everything_at_160_columns() {
    insta::assert_snapshot!(plain(&attribution(), 160));
}

#[test]
fn too_thin_a_tail_is_told_with_how_many_requests_would_do() {
    insta::assert_snapshot!(plain(&thin(), 80));
}

#[test]
fn a_rejected_model_and_different_responses_leave_no_projection() {
    insta::assert_snapshot!(plain(&rejected(), 80));
}

#[test]
fn a_trace_has_neither_queue_nor_processor_time() {
    insta::assert_snapshot!(plain(&trace(), 80));
}

#[test]
fn hostile_names_in_the_table() {
    insta::assert_snapshot!(plain(&hostile(), 100));
}

#[test]
fn markdown_for_github() {
    insta::assert_snapshot!(markdown(&attribution()));
}

#[test]
fn markdown_of_a_trace() {
    insta::assert_snapshot!(markdown(&trace()));
}

#[test]
fn the_page() {
    insta::assert_snapshot!(sample::without_style(&page(&attribution(), None)));
}

#[test]
fn colour_adds_escape_sequences_and_nothing_else() {
    for width in [60, 80, 120, 160] {
        let colored = attribution::table(&attribution(), &TableOptions { color: true, width });
        let mut stripped = String::new();
        for (index, piece) in colored.split("\x1b[").enumerate() {
            stripped += if index == 0 { piece } else { piece.split_once('m').unwrap().1 };
        }
        assert_eq!(stripped, plain(&attribution(), width));
    }
}

#[test]
fn markdown_rows_have_as_many_cells_as_their_table() {
    for attribution in [attribution(), thin(), rejected(), trace(), hostile()] {
        let text = markdown(&attribution).replace("\\|", "");
        assert!(!steers(&text));
        for block in text.split("\n\n").filter(|block| block.starts_with("| ")) {
            let cells: Vec<usize> = block.lines().map(|line| line.matches('|').count()).collect();
            assert!(cells.iter().all(|count| *count == cells[0]), "{block}");
        }
    }
}

#[test]
fn the_page_is_self_contained_and_runs_its_own_scripts_alone() {
    for attribution in [attribution(), thin(), rejected(), trace(), hostile()] {
        let page = page(&attribution, None);
        for forbidden in ["<img", "<iframe", " src=", "@import", " style=", "http://", "https://"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert_eq!(page.matches("<script").count(), 2);
        assert!(page.split("url(").skip(1).all(|rest| rest.starts_with("#part-1-")), "only its own patterns");
        assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
        assert!(!steers(&page));
    }
}

#[test]
fn every_chart_is_told_to_those_who_do_not_see_it_and_has_its_numbers() {
    let page = page(&attribution(), None);
    assert_eq!(page.matches("<svg").count(), 3);
    assert_eq!(page.matches("role=\"img\" aria-labelledby=").count(), 3);
    assert_eq!(page.matches("<desc id=").count(), 3);
    assert_eq!(page.matches("<summary>The numbers of this chart").count(), 3);
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
}

#[test]
fn a_flame_graph_stands_in_a_frame_that_may_run_its_own_script_alone() {
    let page = page(&attribution(), Some(&flame_graph()));
    assert_eq!(page.matches("<iframe").count(), 1);
    assert!(page.contains("sandbox=\"allow-scripts\" height=") && page.contains("src=\"data:image/svg+xml;base64,"));
    let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(policy.contains("frame-src data:") && policy.contains("script-src 'unsafe-hashes' 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(page.matches("<script").count(), 2);
}

#[test]
fn a_flame_graph_with_another_script_is_a_picture_and_allows_nothing() {
    let own = flame_graph();
    let other = own.replacen("<![CDATA[", "<![CDATA[alert(1);", 1);
    let added = own.replacen("</svg>", "<script>alert(1)</script></svg>", 1);
    let handler = own.replacen("onload=\"init(evt)\"", "onload=\"alert(1)\"", 1);
    let style = own.replacen("<style type=\"text/css\">", "<style type=\"text/css\">* { cursor: none }", 1);
    for foreign in [other, added, handler, style, "<svg onload=\"alert(1)\"/>".to_owned()] {
        assert_ne!(foreign, own);
        let page = page(&attribution(), Some(&foreign));
        assert_eq!((page.matches("<iframe").count(), page.matches("<img").count()), (0, 1));
        assert!(page.contains("isn't as this program draws it") && !page.contains("href=\"tail.svg\""), "{page}");
        let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
        assert!(!policy.contains("unsafe") && !policy.contains("frame-src"), "{policy}");
    }
}

#[test]
fn hostile_names_stay_names() {
    let page = page(&hostile(), None);
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
    assert!(page.contains("[U+202E]") && !page.contains("onload=\""));
    let quoted = markdown(&hostile());
    assert!(!quoted.contains("<script") && !quoted.contains("@team"));
}

#[test]
fn what_is_missing_is_said_with_the_same_words_everywhere() {
    for (attribution, words) in [
        (thin(), "400 requests leave 4 beyond p99; 2,000 would do"),
        (rejected(), "requests share more than their server"),
        (trace(), "1,310 cut to the time of their parent"),
        (attribution(), "12 of 3,000 requests failed"),
    ] {
        for rendering in [plain(&attribution, 1_000), markdown(&attribution), page(&attribution, None)] {
            assert!(rendering.contains(words), "{words}: {rendering}");
        }
    }
}

#[test]
fn nothing_at_all_can_be_rendered() {
    let mut nothing = thin();
    nothing.functions.clear();
    nothing.distribution.clear();
    nothing.bands.clear();
    nothing.latency = rustworthy_model::attribution::Latency { p50: None, p90: None, p99: None, p999: None, max: 0.0 };
    nothing.waiting =
        rustworthy_model::attribution::Waiting { share_of_p50: None, share_of_p99: None, share_of_top: None };
    for rendering in [plain(&nothing, 80), markdown(&nothing), page(&nothing, None)] {
        assert!(
            rendering.contains("too few requests") || rendering.contains("Nothing is said about p99"),
            "{rendering}"
        );
    }
}

#[test]
fn many_functions_keep_what_is_not_a_function() {
    let mut many = attribution();
    let one = many.functions[0].clone();
    many.functions.splice(0..0, (0..50).map(|_| one.clone()));
    assert!(many.functions.iter().any(|function| function.kind == Kind::Gc));
    for rendering in [plain(&many, 80), markdown(&many), page(&many, None)] {
        assert!(rendering.contains("garbage collection"), "{rendering}");
        assert!(rendering.contains("35 functions with smaller shares"), "{rendering}");
    }
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_terminal(width in 64_usize..240) {
        for attribution in [attribution(), trace(), hostile()] {
            for line in plain(&attribution, width).lines() {
                prop_assert!(line.width() <= width, "{} > {width}: {line}", line.width());
            }
        }
    }

    #[test]
    fn any_name_can_be_rendered(name in any::<String>()) {
        let attribution = renamed(&name);
        prop_assert!(!steers(&plain(&attribution, 80)));
        prop_assert!(!steers(&markdown(&attribution)));
        let page = page(&attribution, None);
        prop_assert!(!steers(&page) && page.matches("<script").count() == 2);
    }

    #[test]
    fn any_number_can_be_rendered(bits in any::<[u64; 3]>(), requests in any::<u64>()) {
        let [estimate, low, high] = bits.map(f64::from_bits);
        let wild = rustworthy_model::Estimate { estimate, low, high };
        let mut attribution = attribution();
        attribution.requests = requests;
        attribution.latency.p99 = Some(wild);
        attribution.latency.max = high;
        attribution.functions[0].excess = Some(wild);
        attribution.functions[0].what_if[0].p99 = wild;
        attribution.functions[0].what_if[0].p99_change = wild;
        attribution.functions[1].share_of_p99 = Some(wild);
        attribution.bands[0].waiting = estimate;
        attribution.bands[1].from = low;
        attribution.distribution[0].from = low;
        plain(&attribution, 80);
        markdown(&attribution);
        page(&attribution, None);
    }
}
