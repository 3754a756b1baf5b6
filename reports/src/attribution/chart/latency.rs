//! The distribution of latency as an SVG drawing: upwards latency, to the right percentiles, each nine as far from the one
//! before as that from the one before it (the axis of HDR histograms).

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Attribution, Class};

use crate::attribution::view::AttributionView;
use crate::attribution::words;
use crate::chart::{
    DrawError, GOOD, Grid, INK, Margins, Plot, Scale, WIDTH, axes, element, plot, text, time_label, write_at,
};

const HEIGHT: i32 = 340;
const ROOM: Margins = Margins { left: 80, right: 40, top: 22, bottom: 44 };
/// Room that a label takes to the right of its mark.
const LABEL: i32 = 180;
/// A quantile as measured.
struct Mark {
    at: f64,
    seconds: Estimate,
    label: String,
}

/// The distribution of latency as an SVG element, or nothing where there is none to draw.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(in crate::attribution) fn latency(attribution: &Attribution, view: &AttributionView, id: &str) -> Option<String> {
    let marks: Vec<Mark> = view
        .latency
        .iter()
        .filter_map(|quantile| {
            let (at, seconds) = (quantile.at?, quantile.seconds.as_ref()?);
            let label = format!("{} {}", quantile.name, seconds.text());
            Some(Mark { at, seconds: seconds.estimate, label })
        })
        .filter(|mark| is_drawable(&mark.seconds))
        .collect();
    let points = points(&attribution.distribution, attribution.latency.max);
    let (quantiles, latencies) = scales(&points, &marks, attribution.requests)?;
    let title = format!("Latency of {} by percentile", view.name);
    let labels = marks.iter().map(|mark| mark.label.clone()).chain([format!("slowest {}", view.max)]);
    let description = labels.collect::<Vec<_>>().join("; ");
    element([&title, &description], id, HEIGHT, |canvas| {
        let mut plot = plot(canvas, ROOM, quantiles, latencies)?;
        axes(&mut plot, Grid::Level, |quantile| format!("{}%", words::percentage(quantile)), time_label)?;
        plot.draw_series(LineSeries::new(points, GOOD.stroke_width(3)))?;
        marks.iter().try_for_each(|mark| draw_mark(&mut plot, mark))
    })
}

fn is_drawable(seconds: &Estimate) -> bool {
    [seconds.estimate, seconds.low, seconds.high].iter().all(|value| value.is_finite() && *value > 0.0)
}

/// Quantiles and the latency up to which requests go, from the fastest to the slowest.
fn points(classes: &[Class], slowest: f64) -> Vec<(f64, f64)> {
    let total: u64 = classes.iter().map(|class| class.requests).sum();
    let mut points = Vec::new();
    let mut counted = 0;
    for class in classes.iter().filter(|class| class.requests > 0) {
        if points.is_empty() {
            points.push((0.0, class.from));
        }
        counted += class.requests;
        // No request takes longer than the slowest, wherever its class ends.
        points.push((counted as f64 / total as f64, class.to.min(slowest)));
    }
    points.retain(|(_, seconds)| seconds.is_finite() && *seconds > 0.0);
    points
}

/// The axes of quantiles and latencies.
fn scales(points: &[(f64, f64)], marks: &[Mark], requests: u64) -> Option<(Scale, Scale)> {
    let ends = marks.iter().flat_map(|mark| [mark.seconds.low, mark.seconds.high]);
    let all = || points.iter().map(|(_, seconds)| *seconds).chain(ends.clone());
    let (low, high) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
    if points.len() < 2 || high <= low {
        return None;
    }
    // A little beyond the last request but one; the last is all there is, at infinity.
    let nines = (2.0 * requests.max(2) as f64).log10().max(1.0);
    Some((Scale::nines(nines), Scale::logarithmic(low * 0.9, high * 1.1)))
}

fn draw_mark(plot: &mut Plot, mark: &Mark) -> Result<(), DrawError> {
    let Estimate { estimate, low, high } = mark.seconds;
    let style = INK.filled().stroke_width(2);
    plot.draw_series([ErrorBar::new_vertical(mark.at, low, estimate, high, style, 9)])?;
    // The line rises, so there is room below and to the right of it, or above and to the left.
    let (x, _) = plot.backend_coord(&(mark.at, estimate));
    match x + LABEL < WIDTH - ROOM.right {
        true => write_at(plot, &mark.label, &text(&INK, HPos::Left), (mark.at, low), (11, 8)),
        false => write_at(plot, &mark.label, &text(&INK, HPos::Right), (mark.at, high), (-11, -8)),
    }
}
