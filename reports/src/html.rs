//! The comparison as one self-contained page.

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::chart;
use crate::comparison::Comparison;
use crate::figures::Figure;
use crate::view::{ComparisonView, WorkloadView};
use crate::words::{self, heading};

/// The page's only style sheet. It goes into the page unescaped and must not contain `</style`.
pub(crate) const STYLE: &str = include_str!("../templates/comparison.css");

/// The comparison as one HTML page that needs nothing else: no script, no network, no fonts.
///
/// Its Content-Security-Policy allows that one style sheet, by digest, and nothing else at all.
pub fn html(comparison: &Comparison) -> String {
    let view = ComparisonView::new(comparison);
    let sections = view.workloads.iter().zip(1..).map(|(workload, number)| Section::new(workload, number)).collect();
    let page = Page {
        style: STYLE,
        style_digest: BASE64_STANDARD.encode(Sha256::digest(STYLE)),
        legend: words::legend(&view.run.confidence),
        sections,
        view: &view,
    };
    page.render().expect("writing a page of strings to memory cannot fail")
}

/// What the template is filled with.
#[derive(Template)]
#[template(path = "comparison.html")]
struct Page<'a> {
    style: &'static str,
    style_digest: String,
    legend: String,
    sections: Vec<Section<'a>>,
    view: &'a ComparisonView,
}

/// A workload, its anchor and its chart.
struct Section<'a> {
    id: String,
    workload: &'a WorkloadView,
    /// A whole SVG element, its text escaped.
    chart: Option<String>,
    /// The chart of its size sweep, in the same way.
    sweep_chart: Option<String>,
    columns: Columns,
}

/// Which of the columns that not every workload fills this one has.
struct Columns {
    p99: bool,
    memory: bool,
    cpu: bool,
    throughput: bool,
}

impl<'a> Section<'a> {
    fn new(workload: &'a WorkloadView, number: usize) -> Self {
        let id = format!("workload-{number}");
        let chart = chart::speedups(workload, &id);
        let sweep_chart = workload.sweep.as_ref().and_then(|sweep| chart::sweep(sweep, &workload.name, &id));
        let any =
            |figure: fn(&crate::view::Row) -> &Option<Figure>| workload.rows.iter().any(|row| figure(row).is_some());
        let columns = Columns {
            p99: any(|row| &row.p99),
            memory: any(|row| &row.memory),
            cpu: any(|row| &row.cpu),
            throughput: any(|row| &row.throughput),
        };
        Self { id, workload, chart, sweep_chart, columns }
    }
}

/// A value, or the mark for none.
fn or_nothing(figure: &Option<Figure>) -> String {
    figure.as_ref().map_or_else(|| words::NOTHING.into(), Figure::to_string)
}
