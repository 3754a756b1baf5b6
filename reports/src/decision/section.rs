//! The decision as a section for pages.

use askama::Template;
use rustworthy_model::decision::Decision;

use super::view::{DecisionView, heading};
use crate::rollout::{self, RolloutView};
use crate::verdict::Toned as _;
use crate::words::{self, Worded as _, heading as common};

/// The section about a decision, for the top of a page: what `decision-section.html` is filled with.
///
/// [`Self::html`] renders it by itself.
#[derive(Template)]
#[template(path = "decision-section.html")]
pub(crate) struct DecisionSection {
    decision: Parts,
}

/// What `decision-section.html` needs of any template that includes it, under the name of `decision`.
pub(crate) struct Parts {
    pub(crate) view: DecisionView,
    /// Starts all ids of the section.
    pub(crate) id: String,
    /// Headings of the columns of verdicts, that of names first.
    pub(crate) verdict_headings: [&'static str; 8],
    /// What stands above what a manifest lacks.
    pub(crate) manifest: &'static str,
    /// What switches in production have recorded.
    pub(crate) production: Option<RolloutView>,
    /// Headings of its columns, that of switches first.
    pub(crate) production_headings: [&'static str; 8],
    /// Heading of the plans.
    pub(crate) plan: &'static str,
    /// Headings of the columns of a plan, that of steps first.
    pub(crate) step_headings: [&'static str; 6],
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
                heading::SIZE,
                common::SPEEDUP,
                common::P99_CHANGE,
                heading::SAVES,
                heading::PAYBACK,
            ],
            production: decision.production.as_ref().map(RolloutView::new),
            production_headings: rollout::HEADINGS,
            manifest: heading::MANIFEST,
            plan: heading::PLAN,
            step_headings: [
                heading::STEP,
                heading::SO_FAR,
                common::P99_CHANGE,
                heading::SIZE,
                heading::SAVES,
                heading::PAYBACK,
            ],
        }
    }
}

impl DecisionSection {
    /// The section; `id` starts all ids in it.
    pub(crate) fn new(decision: &Decision, id: &str) -> Self {
        Self { decision: Parts::new(decision, id) }
    }

    /// As HTML, everything from outside escaped.
    pub(crate) fn html(&self) -> String {
        self.render().expect("writing a section of strings to memory cannot fail")
    }
}
