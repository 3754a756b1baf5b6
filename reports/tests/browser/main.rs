//! The report in a real browser: what it does, what it looks like to tools, what it never does.
//!
//! Without a Chromium on the machine these tests say so and pass, except in continuous integration (`CI=true`).
//! `cargo test -p rustworthy-reports --test browser -- --ignored` takes screenshots into `target/screenshots`.

mod chromium;
#[path = "../sample/mod.rs"]
mod sample;
// Other tests need more of it.
mod pages;
#[allow(dead_code)]
#[path = "../sample/attribution.rs"]
mod sample_attribution;
#[path = "../sample/decision.rs"]
mod sample_decision;
#[path = "../sample/gate.rs"]
mod sample_gate;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chromium::tempdir::Folder;
use chromium::{Browser, Page};
use serde_json::{Value, json};

const AXE: &str = include_str!("../vendor/axe-4.14.1.min.js");

/// A browser, or a word on why there is none.
fn browser() -> Option<Browser> {
    let program = chromium::program();
    if program.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "there is no Chromium, which CI has to have");
        eprintln!("skipped: there is no Chromium; `apt install chromium-headless-shell` brings one");
    }
    program.map(Browser::start)
}

/// A report on disk.
struct Saved {
    _folder: Folder,
    file: PathBuf,
}

fn saved(report: &str) -> Saved {
    let folder = Folder::new();
    let file = folder.path().join("report.html");
    std::fs::write(&file, report).unwrap();
    Saved { _folder: folder, file }
}

/// Runs a check of a page that was opened at a place in it.
fn with_page(report: &str, hash: &str, check: impl FnOnce(&mut Page<'_>)) {
    let Some(mut browser) = browser() else { return };
    let saved = saved(report);
    let mut page = browser.page();
    page.resize(1280, 900);
    page.open(&saved.file, hash);
    check(&mut page);
}

/// The contenders of the rows that are shown, in order.
fn contenders(page: &mut Page<'_>) -> Vec<String> {
    let names = page.evaluate(
        "Array.from(document.querySelectorAll('#rows tr.row')).filter((row) => row.offsetParent !== null) \
         .map((row) => row.querySelector('th').textContent)",
    );
    names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Numbers of the rows that are shown, unknown ones left out.
fn numbers(page: &mut Page<'_>, key: &str) -> Vec<f64> {
    let numbers = page.evaluate(&format!(
        "Array.from(document.querySelectorAll('#rows tr.row')).map((row) => row.dataset.{key}).filter(Boolean).map(Number)"
    ));
    numbers.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn a_heading_sorts_and_the_address_keeps_it() {
    with_page(&pages::comparison(), "", |page| {
        let as_served = contenders(page);
        page.click("th[data-sort=speedup] button");
        let fastest_first = numbers(page, "speedup");
        assert!(fastest_first.len() > 5 && fastest_first.is_sorted_by(|a, b| a >= b), "{fastest_first:?}");
        assert_eq!(page.text("location.hash"), "#sort=-speedup");
        assert_eq!(page.text("document.querySelector('th[data-sort=speedup]').ariaSort"), "descending");
        let last = "Array.from(document.querySelectorAll('#rows tr.row')).at(-1).dataset.speedup";
        assert_eq!(page.text(last), "undefined", "what has none is last");
        page.click("th[data-sort=speedup] button");
        assert!(numbers(page, "speedup").is_sorted());
        page.click("th[data-sort=speedup] button");
        assert_eq!(contenders(page), as_served);
        assert_eq!(page.text("location.hash"), "");
        page.click("th[data-sort=contender] button");
        let names: Vec<String> = contenders(page).iter().map(|name| name.to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
    });
}

#[test]
fn filters_leave_what_was_asked_for() {
    with_page(&pages::comparison(), "", |page| {
        let all = contenders(page).len();
        page.click("#find");
        for key in ["p", "y", "o", "3"] {
            page.press(key);
        }
        let found = contenders(page);
        assert!(!found.is_empty() && found.len() < all);
        assert!(page.text("document.getElementById('shown').textContent").ends_with(&format!("of {all} rows")));
        page.evaluate("document.getElementById('verdict').value = 'faster'; document.getElementById('verdict').dispatchEvent(new Event('change'))");
        assert_eq!(page.text("location.hash"), "#find=pyo3&verdict=faster");
        let words =
            page.evaluate("Array.from(document.querySelectorAll('#rows tr.row'), (row) => row.dataset.verdict)");
        assert!(words.as_array().unwrap().iter().all(|word| word == "faster"), "{words}");
        page.click("#reset");
        assert_eq!(contenders(page).len(), all);
        assert_eq!(page.text("location.hash"), "");
    });
}

#[test]
fn a_link_shows_the_same_view() {
    let link = "#sort=time&find=prices&open=prices%3Aservice";
    with_page(&pages::comparison(), link, |page| {
        assert!(numbers(page, "time").is_sorted());
        assert_eq!(page.text("document.getElementById('find').value"), "prices");
        let open = "document.querySelector('#rows tr.detail.open')";
        assert!(page.text(&format!("{open}.textContent")).contains("[17].price: 3.5 ≠ 3.4"));
        let is_in_sight =
            format!("(({{ top, bottom }}) => top < innerHeight && bottom > 0)({open}.getBoundingClientRect())");
        assert_eq!(page.evaluate(&is_in_sight), true);
    });
}

#[test]
fn a_row_opens_to_what_else_is_known() {
    with_page(&pages::comparison(), "", |page| {
        let open = "document.querySelectorAll('#rows tr.detail.open').length";
        page.click("tr[data-key='prices:polars'] button");
        assert_eq!(page.evaluate(open), 1);
        assert_eq!(page.text("location.hash"), "#open=prices%3Apolars");
        let detail = page.text("document.querySelector('#rows tr.detail.open').innerText");
        for word in [
            "inconclusive",
            "p99",
            "240 blocks of calls in 6 processes",
            "rustworthy compare prices --filter prices:polars",
        ] {
            assert!(detail.contains(word), "{word}: {detail}");
        }
        let code = "document.querySelector('#rows tr.detail.open .codes pre .k').innerText.trim()";
        assert_eq!(page.text(code), "def");
        let drawn = "document.querySelector('#rows tr.detail.open .spread path').getBoundingClientRect().height > 20";
        assert_eq!(page.evaluate(drawn), true);
        // The rest of the row opens it as well.
        page.click("tr[data-key='prices:polars'] td.verdict");
        assert_eq!(page.evaluate(open), 0);
    });
}

#[test]
fn everything_can_be_done_by_keyboard() {
    with_page(&pages::comparison(), "", |page| {
        let focus = "document.activeElement";
        let reach = |page: &mut Page<'_>, selector: &str| {
            for _ in 0..200 {
                page.press("Tab");
                if page.evaluate(&format!("{focus}.matches({selector:?})")) == true {
                    return;
                }
            }
            panic!("{selector} can't be reached");
        };
        reach(page, "#theme");
        page.press("Enter");
        assert_eq!(page.text("document.documentElement.dataset.theme"), "dark");
        reach(page, "#find");
        page.press("p");
        assert_eq!(page.text("location.hash"), "#find=p");
        reach(page, "th[data-sort=time] button");
        page.press("Enter");
        assert!(numbers(page, "time").is_sorted());
        assert_eq!(page.evaluate(&format!("{focus}.matches('th[data-sort=time] button')")), true, "the focus stays");
        reach(page, "#rows tbody th button");
        page.press(" ");
        assert_eq!(page.text(&format!("{focus}.ariaExpanded")), "true");
        let outline = page.text(&format!("getComputedStyle({focus}).outlineStyle"));
        assert_eq!(outline, "solid", "the focus can be seen");
    });
}

#[test]
fn the_theme_is_the_systems_until_another_is_chosen() {
    let Some(mut browser) = browser() else { return };
    let saved = saved(&pages::comparison());
    let mut page = browser.page();
    let paper = "getComputedStyle(document.body).backgroundColor";
    page.prefer("dark");
    page.open(&saved.file, "");
    assert_eq!(page.text(paper), "rgb(23, 22, 20)");
    page.click("#theme");
    assert_eq!(page.text(paper), "rgb(251, 250, 247)");
    // It's kept, and there before anything is painted.
    page.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": "\
        window.kept = location.protocol === 'file:' ? localStorage.getItem('rustworthy-theme') : null; \
        new MutationObserver((_, observer) => { if (document.body) { window.early = document.documentElement.dataset.theme; \
        observer.disconnect(); } }).observe(document, { childList: true, subtree: true });" }));
    // A busy browser takes a moment to hand what one page has stored to the next.
    let deadline = Instant::now() + Duration::from_secs(10);
    page.open(&saved.file, "");
    while page.evaluate("window.kept").is_null() && Instant::now() < deadline {
        page.open(&saved.file, "");
    }
    assert_eq!(page.text("window.early"), "light");
    assert_eq!(page.text(paper), "rgb(251, 250, 247)");
    page.prefer("light");
    page.click("#theme");
    page.click("#theme");
    assert_eq!(page.text("document.documentElement.dataset.theme"), "undefined", "the system's again");
}

#[test]
fn nothing_is_asked_for_and_nothing_goes_wrong() {
    let Some(mut browser) = browser() else { return };
    for (report, hash) in [(pages::comparison(), "#find=p"), (pages::everything(), ""), (pages::hostile(), "")] {
        let saved = saved(&report);
        let mut page = browser.page();
        page.open(&saved.file, hash);
        page.evaluate("new Promise((done) => setTimeout(done, 300))");
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(page.requests(), Vec::<String>::new());
    }
}

#[test]
fn a_flame_graph_runs_in_its_frame() {
    with_page(&pages::everything(), "", |page| {
        page.evaluate(
            "document.querySelector('iframe').scrollIntoView(); new Promise((done) => setTimeout(done, 500))",
        );
        let frames = page.evaluate("document.querySelectorAll('iframe').length").as_u64().unwrap();
        assert!(frames >= 2, "{frames}");
        assert_eq!(page.complaints(), Vec::<String>::new());
        let out_of_reach = page.evaluate(
            "Array.from(document.querySelectorAll('iframe')).every((frame) => frame.contentDocument === null)",
        );
        assert_eq!(out_of_reach, true);
    });
}

#[test]
fn a_flame_graph_begins_on_top_and_can_be_searched_in_both_themes() {
    let Some(mut browser) = browser() else { return };
    let folder = Folder::new();
    let file = folder.path().join("graph.svg");
    std::fs::write(&file, pages::graph()).unwrap();
    for (theme, ink) in [("light", "rgb(0, 0, 0)"), ("dark", "rgb(235, 232, 225)")] {
        let mut page = browser.page();
        page.prefer(theme);
        page.resize(1280, 200);
        page.open(&file, "");
        page.evaluate("new Promise((done) => setTimeout(done, 200))");
        let first = "Array.from(document.querySelectorAll('#frames rect'), (frame) => frame.getBoundingClientRect())\
                     .reduce((one, other) => (other.width > one.width ? other : one)).bottom";
        assert!(page.evaluate(first).as_f64().unwrap() < 200.0, "the root is in sight");
        let style = "getComputedStyle(document.getElementById('search'))";
        assert_eq!(page.text(&format!("{style}.fill")), ink);
        assert_eq!(page.text(&format!("{style}.opacity")), "1");
        page.click("#search");
        for key in ["p", "a", "r", "s", "e", "Enter"] {
            page.press(key);
        }
        let marked = "document.querySelectorAll('#frames rect[fill=\"rgb(230,0,230)\"]').length";
        assert!(page.evaluate(marked).as_u64().unwrap() > 0);
        assert_eq!(page.text("document.getElementById('search').textContent"), "Reset Search");
        assert_eq!(page.text("document.querySelector('foreignObject')"), "null", "the field is gone");
        page.click("#search");
        assert_eq!(page.evaluate(marked), 0);
        assert_eq!(page.complaints(), Vec::<String>::new());
    }
}

#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let Some(mut browser) = browser() else { return };
    let saved = saved(&pages::hostile());
    let mut page = browser.page();
    page.call(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": "window.alert = () => { window.harmed = true; };" }),
    );
    page.open(&saved.file, "");
    for index in 0..5 {
        page.evaluate(&format!("document.querySelectorAll('#rows .opens')[{index}].click()"));
    }
    page.evaluate("document.querySelectorAll('th[data-sort] button').forEach((button) => button.click())");
    assert_eq!(page.text("window.harmed"), "undefined");
    assert_eq!(page.evaluate("document.querySelectorAll('script').length"), 2);
    assert_eq!(
        page.evaluate(
            "Array.from(document.querySelectorAll('svg')).some((svg) => svg.querySelector('script, foreignObject, a'))"
        ),
        false
    );
    assert_eq!(page.evaluate("document.querySelectorAll('b b, a[href^=javascript], [onload]').length"), 0);
    let body = page.text("document.body.innerText");
    assert!(body.contains("<script>") && body.contains("[U+202E]") && body.contains("]]>"));
    assert!(!body.chars().any(|character| ('\u{202A}'..='\u{202E}').contains(&character)));
    assert_eq!(page.complaints(), Vec::<String>::new());
}

/// What axe-core finds, in words.
fn violations(page: &mut Page<'_>) -> Vec<String> {
    page.evaluate(AXE);
    let found = page.evaluate("axe.run(document, { iframes: false }).then(({ violations }) => violations)");
    let describe = |violation: &Value| {
        let nodes = violation["nodes"].as_array().unwrap();
        let first: Vec<String> =
            nodes.iter().take(3).map(|node| format!("{} {}", node["html"], node["failureSummary"])).collect();
        format!("{}, {} times: {}", violation["id"], nodes.len(), first.join("\n  "))
    };
    found.as_array().unwrap().iter().map(describe).collect()
}

#[test]
fn axe_finds_nothing_in_either_theme_nor_on_a_phone() {
    let Some(mut browser) = browser() else { return };
    let saved = saved(&pages::everything());
    for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 360)] {
        let mut page = browser.page();
        page.prefer(theme);
        page.resize(width, 900);
        page.open(&saved.file, "");
        page.evaluate("document.querySelectorAll('#rows .opens').forEach((button) => button.click())");
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
        let found = violations(&mut page);
        assert!(found.is_empty(), "{theme}, {width} px: {}", found.join("\n"));
    }
}

#[test]
fn a_phone_needs_no_sideways_scrolling() {
    let Some(mut browser) = browser() else { return };
    let saved = saved(&pages::everything());
    let mut page = browser.page();
    page.resize(360, 740);
    page.open(&saved.file, "");
    assert_eq!(page.evaluate("document.documentElement.scrollWidth"), 360);
    let table = "document.querySelector('.rows')";
    let widths = page.evaluate(&format!("[{table}.scrollWidth, {table}.clientWidth]"));
    assert_eq!(widths[0], widths[1]);
}

#[test]
fn it_can_be_read_without_scripts() {
    let Some(mut browser) = browser() else { return };
    let saved = saved(&pages::many(60));
    let mut page = browser.page();
    page.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    page.open(&saved.file, "");
    page.call("Emulation.setScriptExecutionDisabled", json!({ "value": false }));
    let seen = page.evaluate(
        "Array.from(document.querySelectorAll('#rows tr.row')).filter((row) => row.offsetParent !== null).length",
    );
    assert_eq!(seen, 600, "all rows");
    assert_eq!(page.evaluate("document.querySelectorAll('#rows noscript > details:not([open])').length"), 600);
    assert_eq!(
        page.evaluate("document.getElementById('controls').hidden && document.getElementById('theme').hidden"),
        true
    );
    assert_eq!(page.evaluate("document.querySelectorAll('th button').length"), 0);
}

#[test]
fn a_link_to_code_opens_it_without_scripts() {
    let Some(mut browser) = browser() else { return };
    let saved = saved(&pages::comparison());
    let mut page = browser.page();
    page.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    page.open(&saved.file, "");
    assert!(page.evaluate("document.querySelectorAll('a[href^=\"#code-\"]').length").as_u64() > Some(0));
    page.open(&saved.file, "#code-1");
    page.call("Emulation.setScriptExecutionDisabled", json!({ "value": false }));
    let height = page.evaluate("document.getElementById('code-1').getBoundingClientRect().height");
    assert!(height.as_f64().unwrap() > 20.0, "{height}");
}

#[test]
fn ten_workloads_are_a_small_page_that_is_laid_out_a_few_times() {
    let report = pages::many(10);
    assert!(report.len() < 1_000_000, "{} bytes", report.len());
    with_page(&report, "", |page| {
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
        let painted = "performance.getEntriesByName('first-contentful-paint').length";
        assert_eq!(page.evaluate(painted), 1, "all is there to be painted without anything else");
        let layouts = page.layouts();
        assert!(layouts <= 20, "scripts have it laid out {layouts} times");
    });
}

/// What takes long with many rows is to lay them out, which scripts that write and ask in turn have done for each row.
#[test]
fn ten_thousand_rows_are_laid_out_once_for_what_is_done_to_all_of_them() {
    with_page(&pages::many(1_000), "", |page| {
        let mut layouts_of = |action: &str| {
            let before = page.layouts();
            page.evaluate(&format!("{action}; document.body.offsetHeight"));
            page.layouts() - before
        };
        let sort = layouts_of("document.querySelector('th[data-sort=speedup] button').click()");
        let input = "{ const find = document.getElementById('find'); find.value = 'polars w-77'; find.dispatchEvent(new Event('input')); }";
        let filter = layouts_of(input);
        assert!(sort <= 10 && filter <= 10, "{sort} {filter}");
        assert_eq!(contenders(page).len(), 11, "w-77 and w-770 to w-779");
        assert!(numbers(page, "speedup").is_sorted_by(|one, other| one >= other));
    });
}

/// Pictures for people to look at.
#[test]
#[ignore = "makes pictures"]
fn screenshots() {
    let Some(mut browser) = browser() else { return };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, report) in
        [("comparison", pages::comparison()), ("everything", pages::everything()), ("ten", pages::many(10))]
    {
        let saved = saved(&report);
        for (look, theme, width, hash) in [
            ("light", "light", 1280, "#open=prices%3Apolars"),
            ("dark", "dark", 1280, "#sort=-speedup"),
            ("narrow", "light", 390, "#open=prices%3Apolars"),
        ] {
            let mut page = browser.page();
            page.prefer(theme);
            page.resize(width, 900);
            page.open(&saved.file, hash);
            page.evaluate("new Promise((done) => setTimeout(done, 300))");
            let height = page.evaluate("document.documentElement.scrollHeight").as_u64().unwrap().min(9_000);
            page.resize(width, u32::try_from(height).unwrap());
            // What was far below is laid out only now.
            page.evaluate("new Promise((done) => setTimeout(done, 300))");
            let picture = page.call("Page.captureScreenshot", json!({ "format": "png" }));
            write(&folder.join(format!("{name}-{look}.png")), &picture);
        }
        let mut page = browser.page();
        page.open(&saved.file, "");
        let paper = page.call("Page.printToPDF", json!({ "printBackground": false, "preferCSSPageSize": true }));
        write(&folder.join(format!("{name}-print.pdf")), &paper);
    }
    eprintln!("pictures are in {}", folder.display());
}

fn write(file: &std::path::Path, picture: &Value) {
    std::fs::write(file, BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()).unwrap();
}
