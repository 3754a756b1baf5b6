//! The decision as a section for pages, and as a page of its own around that section.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::Decision;
use super::view::{DecisionView, heading};
use crate::html;
use crate::words::heading as common;

/// What the section needs beyond the style of all pages. It goes into a page unescaped and must not contain `</style`.
pub(crate) const STYLE: &str = include_str!("../../templates/decision.css");

/// The page's only style sheet.
static WHOLE_STYLE: LazyLock<String> = LazyLock::new(|| format!("{}\n{STYLE}", html::STYLE));

/// The section about a decision, for the top of a page: what `decision-section.html` is filled with.
///
/// [`Self::html`] renders it by itself. Its page needs [`Self::style`] beside the style of all pages.
#[derive(Template)]
#[template(path = "decision-section.html")]
pub struct DecisionSection {
    decision: Parts,
}

/// What `decision-section.html` needs of any template that includes it, under the name of `decision`.
pub(crate) struct Parts {
    pub(crate) view: DecisionView,
    /// Starts all ids of the section.
    pub(crate) id: String,
    /// Headings of the columns of verdicts, that of names first.
    pub(crate) verdict_headings: [&'static str; 7],
    /// Heading of the plans.
    pub(crate) plan: &'static str,
    /// Headings of the columns of a plan, that of steps first.
    pub(crate) step_headings: [&'static str; 5],
}

impl Parts {
    pub(crate) fn new(decision: &Decision, id: &str) -> Self {
        Self {
            view: DecisionView::new(decision),
            id: id.to_owned(),
            verdict_headings: [
                heading::CANDIDATE,
                common::VERDICT,
                heading::WITH,
                common::SPEEDUP,
                common::P99_CHANGE,
                heading::SAVES,
                heading::PAYBACK,
            ],
            plan: heading::PLAN,
            step_headings: [heading::STEP, heading::SO_FAR, common::P99_CHANGE, heading::SAVES, heading::PAYBACK],
        }
    }
}

impl DecisionSection {
    /// The section; `id` starts all ids in it.
    pub fn new(decision: &Decision, id: &str) -> Self {
        Self { decision: Parts::new(decision, id) }
    }

    /// As HTML, everything from outside escaped.
    pub fn html(&self) -> String {
        self.render().expect("writing a section of strings to memory cannot fail")
    }

    /// What its page's style sheet has to hold beside the style of all pages.
    pub fn style() -> &'static str {
        STYLE
    }
}

/// The decision as one HTML page that needs nothing else: no script, no network, no fonts.
///
/// Its Content-Security-Policy allows its one style sheet, by digest, and nothing else at all.
pub fn page(decision: &Decision) -> String {
    let section = DecisionSection::new(decision, "decision");
    let page = Page {
        style: &WHOLE_STYLE,
        style_digest: BASE64_STANDARD.encode(Sha256::digest(WHOLE_STYLE.as_bytes())),
        decision: section.decision,
    };
    page.render().expect("writing a page of strings to memory cannot fail")
}

/// What the page is filled with.
#[derive(Template)]
#[template(path = "decision.html")]
struct Page {
    style: &'static str,
    style_digest: String,
    decision: Parts,
}
