//! Links lead somewhere, and files that are named are there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{pages, root, text};

/// A document with what it includes, as the book is built.
fn whole(page: &Path) -> String {
    let mut whole = text(page);
    while let Some((before, rest)) = whole.split_once("{{#include ") {
        let (name, after) = rest.split_once("}}").expect("the end of an include");
        let included = page.parent().expect("a folder").join(name);
        whole = format!("{before}{}{after}", text(&included));
    }
    whole
}

fn events(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// Where links within a document can lead: its headings, by the rule of mdBook and of GitHub, and marks of its own.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors: BTreeSet<String> =
        text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
    let mut heading: Option<String> = None;
    for event in events(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|text| slug(&text))),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Whether a link leaves the repository.
fn is_foreign(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        for event in events(&whole(&page)) {
            let (Event::Start(Tag::Link { dest_url: link, .. }) | Event::Start(Tag::Image { dest_url: link, .. })) =
                event
            else {
                continue;
            };
            if is_foreign(&link) {
                continue;
            }
            let (file, anchor) = link.split_once('#').map_or((&*link, None), |(file, anchor)| (file, Some(anchor)));
            let target = if file.is_empty() { page.clone() } else { page.parent().expect("a folder").join(file) };
            let found =
                root().join(&target).exists() && anchor.is_none_or(|anchor| anchors(&whole(&target)).contains(anchor));
            if !found {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Files of the book are copied from its own folder, so what lies elsewhere can't be linked to.
#[test]
fn links_of_the_book_stay_within_it() {
    for page in pages().iter().filter(|page| page.starts_with("docs/src")) {
        for event in events(&whole(page)) {
            if let Event::Start(Tag::Link { dest_url: link, .. } | Tag::Image { dest_url: link, .. }) = event {
                assert!(!link.contains("../"), "{}: {link}", page.display());
            }
        }
    }
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = text(Path::new("docs/src/SUMMARY.md"));
    for page in pages().iter().filter(|page| page.starts_with("docs/src")) {
        let name = page.file_name().expect("a name").to_str().expect("a name");
        let is_part = ["SUMMARY.md", "manifest-keys.md"].contains(&name);
        assert!(is_part || summary.contains(&format!("({name})")), "{name}");
    }
}

/// A path of the repository that a document names as code; patterns, stand-ins and folders of builds are none.
fn named_path(code: &str) -> Option<PathBuf> {
    const FOLDERS: [&str; 8] =
        ["harness/", "reports/", "workloads/", "python_baselines/", "benches/", "docs/", "examples/", ".ci/"];
    let is_plain = code.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
    let is_ours = is_plain
        && FOLDERS.iter().any(|folder| code.starts_with(folder))
        && !code.contains("NAME")
        && !code.ends_with("/target");
    is_ours.then(|| root().join(code))
}

#[test]
fn files_that_documents_name_are_there() {
    let mut missing = Vec::new();
    for page in pages() {
        for event in events(&whole(&page)) {
            if let Event::Code(code) = event
                && named_path(&code).is_some_and(|path| !path.exists())
            {
                missing.push(format!("{}: {code}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_schema_of_a_result_is_in_the_chapter_about_json() {
    let chapter = text(Path::new("docs/src/json.md"));
    for entry in std::fs::read_dir(root().join("reports/schema")).expect("the schemas") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        assert!(chapter.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_readme_is_an_entrance() {
    let lines = text(Path::new("README.md")).lines().count();
    assert!(lines <= 150, "{lines} lines");
}
