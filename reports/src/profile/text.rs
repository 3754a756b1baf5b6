//! A profile as text.

use rustworthy_model::profile::{Function, Kind, Profile, Target};
use rustworthy_model::{Estimate, figures};

use super::words;
use crate::markdown::{escape, grid};
use crate::table::{Cell, Column, Layout, Page, REMARK_MARK, TableOptions, TextStyle};
use crate::visible;
use crate::words::heading;

/// Functions that a rendering for reading lists; the result has more.
const LISTED: usize = 20;

/// Functions with a smaller share of their own aren't listed, unless little else is.
const WORTH_LISTING: f64 = 0.005;

/// The profile as a table to read in a terminal.
///
/// What the time goes to comes first, then functions by their own share, then how precise the samples are.
pub fn table(profile: &Profile, options: &TableOptions) -> String {
    let mut page = Page::new(options);
    for target in &profile.targets {
        if target.name != profile.targets[0].name {
            page.blank();
        }
        page.line(&TextStyle::Bold.paint(&visible::line(&target.name), page.color));
        page.paragraph(TextStyle::Faint, &words::sampled(target), "", "");
        page.paragraph(TextStyle::Plain, &kinds(target), "", "");
        page.blank();
        functions(&mut page, target);
        page.paragraph(TextStyle::Faint, &worth(target), "", "");
        for note in &target.notes {
            page.paragraph(TextStyle::Plain, &visible::line(note), REMARK_MARK, "    ");
        }
    }
    page.text
}

fn functions(page: &mut Page, target: &Target) {
    let rows = listed(target);
    let texts = |heading, text: &dyn Fn(&Function) -> String, style: TextStyle| {
        Column::new(heading, rows.iter().map(|row| Cell { text: text(row), style }).collect())
    };
    let columns = vec![
        texts(heading::FUNCTION, &|row| visible::short_line(&row.name, 48), TextStyle::Plain),
        texts(heading::KIND, &|row| words::kind(row.kind).to_owned(), TextStyle::Faint),
        texts(heading::SELF, &|row| share(&row.self_share), TextStyle::Plain),
        texts(heading::TOTAL, &|row| share(&row.total_share), TextStyle::Plain),
        texts(heading::PLACE, &place, TextStyle::Faint),
    ];
    let layout = Layout::fit(columns, &[heading::PLACE, heading::KIND], page.width);
    page.headings(&layout);
    for index in 0..rows.len() {
        page.line(page.cells(&layout, index).trim_end());
    }
}

/// The profile as Markdown.
pub fn markdown(profile: &Profile) -> String {
    let mut text = String::new();
    for target in &profile.targets {
        text += &format!(
            "### {}\n\n{}\n\n{}\n\n",
            escape(visible::line(&target.name)),
            escape(words::sampled(target)),
            escape(kinds(target))
        );
        let rows = listed(target).into_iter().map(|row| {
            [
                visible::line(&row.name),
                words::kind(row.kind).to_owned(),
                share(&row.self_share),
                share(&row.total_share),
                place(row),
            ]
            .map(escape)
        });
        let headings = [heading::FUNCTION, heading::KIND, heading::SELF, heading::TOTAL, heading::PLACE];
        text += &grid(&headings, &["---", "---", "--:", "--:", "---"], rows);
        text += &format!("\n\n{}\n", escape(worth(target)));
        for note in &target.notes {
            text += &format!("\n- {}", escape(visible::line(note)));
        }
        text.push('\n');
    }
    text
}

/// Functions that are worth a line.
pub(super) fn listed(target: &Target) -> Vec<&Function> {
    let worth = |row: &&Function| row.self_share.estimate >= WORTH_LISTING;
    let rows: Vec<&Function> = target.functions.iter().filter(worth).take(LISTED).collect();
    if rows.is_empty() { target.functions.iter().take(LISTED).collect() } else { rows }
}

pub(super) fn place(row: &Function) -> String {
    words::place(row.file.as_deref(), row.line).unwrap_or_default()
}

/// A share and its interval, `34.5% (32.1 to 37.0)`.
pub(super) fn share(share: &Estimate) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    format!("{:>5}% ({} to {})", percent(share.estimate), percent(share.low), percent(share.high))
}

/// What the time goes to, in a sentence.
pub(super) fn kinds(target: &Target) -> String {
    let mut parts = Vec::new();
    for kind in [Kind::Python, Kind::Native, Kind::Rust, Kind::Gc] {
        let own: Vec<_> = target.kinds.iter().filter(|share| share.kind == kind).collect();
        let sum: f64 = own.iter().map(|share| share.share.estimate).sum();
        if own.is_empty() {
            continue;
        }
        let details = own.iter().filter_map(|share| {
            let detail = visible::line(share.detail.as_deref()?);
            Some(format!("{detail} {}%", figures::percent(share.share.estimate)))
        });
        let details: Vec<String> = details.take(4).collect();
        let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
        parts.push(format!("{} {}%{details}", long(kind), figures::percent(sum)));
    }
    let waiting = target.kinds.iter().filter(|share| share.kind == Kind::Waiting).map(|share| {
        format!("{}% for {}", figures::percent(share.share.estimate), share.detail.as_deref().unwrap_or("something"))
    });
    let waiting: Vec<String> = waiting.collect();
    let work = if parts.is_empty() {
        "No thread was ever at work".to_owned()
    } else {
        format!("At work: {}", parts.join(", "))
    };
    if waiting.is_empty() {
        format!("{work}.")
    } else {
        format!("{work}. Of all the time, threads waited {}.", waiting.join(", "))
    }
}

fn long(kind: Kind) -> &'static str {
    match kind {
        Kind::Python => "Python",
        Kind::Native => "native libraries",
        Kind::Rust => "Rust",
        Kind::Gc => "garbage collection",
        Kind::Waiting => "waiting",
    }
}

/// How precise the samples are.
pub(super) fn worth(target: &Target) -> String {
    let active = target.samples.active;
    let Some(one_percent) = target.one_percent else {
        return "Without samples of work there are no shares.".to_owned();
    };
    format!(
        "Shares are counts: 1% of {} samples is {}, which true shares of {}% to {}% would give too. Self is time in the \
         function alone, total with all that it calls.",
        figures::count(active),
        figures::count((active as f64 * one_percent.estimate).round() as u64),
        figures::percent(one_percent.low),
        figures::percent(one_percent.high)
    )
}
