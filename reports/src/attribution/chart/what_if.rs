//! p99 if functions were faster as an SVG drawing: a bar each, its interval across the end, beside p99 as it is.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::Estimate;

use super::{round_ticks, time_label};
use crate::attribution::view::{AttributionView, Told};
use crate::chart::{Canvas, DrawError, FAINT, GOOD, INK, RULE, WIDTH, element, text};
use crate::table::shortened;
use crate::words::heading;

const ROW_HEIGHT: i32 = 30;
const LEFT: i32 = 300;
const RIGHT: i32 = 200;
const TOP: i32 = 10;
const BOTTOM: i32 = 34;
/// Longest name that fits to the left with what becomes of it.
const LONGEST_NAME: usize = 24;
/// Projections of single functions that are drawn at most.
const MOST: usize = 14;

/// Where a bar's number comes from. Its label says it too.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    Now,
    Projected,
    Measured,
}

struct Bar<'a> {
    label: String,
    p99: &'a Told,
    change: Option<&'a Told>,
    source: Source,
}

/// p99 if functions were faster as an SVG element, or nothing where nothing is projected.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(in crate::attribution) fn what_if(view: &AttributionView, id: &str) -> Option<String> {
    let bars = bars(view)?;
    let rows = i32::try_from(bars.len()).ok()?;
    let height = TOP + BOTTOM + ROW_HEIGHT * rows;
    let title = format!("p99 of {} as it is, and if functions were faster", view.name);
    let told = bars.iter().map(|bar| format!("{}: {}", bar.label, bar.value()));
    let description = told.collect::<Vec<_>>().join("; ");
    element([&title, &description], id, height, |canvas| draw(canvas, &bars, height))
}

/// p99 as it is, by function, with all functions of the plan, and by the real migration.
fn bars(view: &AttributionView) -> Option<Vec<Bar<'_>>> {
    let now = view.latency.iter().find(|quantile| quantile.name == heading::P99)?.told.as_ref()?;
    let mut bars = vec![Bar { label: "as it is, measured".into(), p99: now, change: None, source: Source::Now }];
    bars.extend(view.what_if.iter().filter(|one| one.is_brief).take(MOST).map(|one| Bar {
        label: format!("{}, {}", shortened(&one.name, LONGEST_NAME), one.how),
        p99: &one.p99,
        change: Some(&one.change),
        source: Source::Projected,
    }));
    if let [_, .., all] = view.sets.as_slice() {
        let label = format!("{} together", all.how);
        bars.push(Bar { label, p99: &all.p99, change: Some(&all.change), source: Source::Projected });
    }
    if let Some(row) = view.migration() {
        let bar = |p99, source, label: &str| Bar { label: label.into(), p99, change: None, source };
        bars.extend(row.projected.as_ref().map(|p99| bar(p99, Source::Projected, "migration, projected")));
        bars.extend(row.measured.as_ref().map(|p99| bar(p99, Source::Measured, "migration, measured")));
    }
    bars.retain(|bar| {
        let estimate = bar.p99.estimate;
        [estimate.estimate, estimate.low, estimate.high].iter().all(|value| value.is_finite())
    });
    (bars.len() > 1).then_some(bars)
}

impl Bar<'_> {
    /// p99 and by how much it has changed.
    fn value(&self) -> String {
        match self.change {
            Some(change) => format!("{}, {}", self.p99.text(), change.value),
            None => self.p99.text(),
        }
    }
}

fn draw(canvas: &Canvas, bars: &[Bar<'_>], height: i32) -> Result<(), DrawError> {
    let end =
        bars.iter().map(|bar| bar.p99.estimate.high.max(bar.p99.estimate.estimate)).fold(f64::MIN_POSITIVE, f64::max);
    let x = |seconds: f64| {
        let share = (seconds / end).clamp(0.0, 1.0);
        LEFT + (share * f64::from(WIDTH - LEFT - RIGHT)).round() as i32
    };
    let bottom = height - BOTTOM;
    for tick in round_ticks(end) {
        let label = if tick == 0.0 { "0".to_owned() } else { time_label(tick) };
        canvas.draw(&PathElement::new(vec![(x(tick), TOP), (x(tick), bottom)], RULE.stroke_width(1)))?;
        canvas.draw_text(&label, &text(&FAINT, HPos::Center), (x(tick), bottom + 16))?;
    }
    for (bar, row) in bars.iter().zip(0..) {
        draw_bar(canvas, bar, TOP + ROW_HEIGHT * row + ROW_HEIGHT / 2, x)?;
    }
    // p99 as it is, through all bars.
    let now = x(bars[0].p99.estimate.estimate);
    canvas.draw(&PathElement::new(vec![(now, TOP), (now, bottom)], INK.mix(0.6).stroke_width(1)))
}

fn draw_bar(canvas: &Canvas, bar: &Bar<'_>, y: i32, x: impl Fn(f64) -> i32) -> Result<(), DrawError> {
    let color = match bar.source {
        Source::Now => FAINT.mix(0.45),
        Source::Projected => GOOD.mix(0.35),
        Source::Measured => GOOD.mix(0.8),
    };
    let Estimate { estimate, low, high } = bar.p99.estimate;
    canvas.draw(&Rectangle::new([(x(0.0), y - 8), (x(estimate), y + 8)], color.filled()))?;
    let (low, high) = (x(low), x(high));
    canvas.draw(&PathElement::new(vec![(low, y), (high, y)], INK.stroke_width(2)))?;
    if high - low > 4 {
        for end in [low, high] {
            canvas.draw(&PathElement::new(vec![(end, y - 5), (end, y + 5)], INK.stroke_width(2)))?;
        }
    }
    canvas.draw_text(&bar.label, &text(&INK, HPos::Right), (LEFT - 12, y))?;
    canvas.draw_text(&bar.value(), &text(&FAINT, HPos::Left), (WIDTH - RIGHT + 14, y))
}
