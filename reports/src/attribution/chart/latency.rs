//! The distribution of latency as an SVG drawing: upwards latency, to the right percentiles, each nine as far from the one
//! before as that from the one before it (the axis of HDR histograms).

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Attribution, Class};

use super::time_label;
use crate::attribution::view::AttributionView;
use crate::attribution::words;
use crate::chart::{Axis, Canvas, DrawError, FAINT, GOOD, INK, RULE, WIDTH, element, text};

const HEIGHT: i32 = 340;
const LEFT: i32 = 80;
const RIGHT: i32 = 40;
const TOP: i32 = 22;
const BOTTOM: i32 = 44;
/// Room that a label takes to the right of its mark.
const LABEL: i32 = 180;
/// Quantiles that the axis is marked at, as far as there are requests beyond them.
const TICKS: [f64; 7] = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

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
            let (at, told) = (quantile.at?, quantile.told.as_ref()?);
            let label = format!("{} {}", quantile.name, told.text());
            Some(Mark { at, seconds: told.estimate, label })
        })
        .filter(|mark| is_drawable(&mark.seconds))
        .collect();
    let points = points(&attribution.distribution, attribution.latency.max);
    let plane = Plane::over(&points, &marks, attribution.requests)?;
    let title = format!("Latency of {} by percentile", view.name);
    let told = marks.iter().map(|mark| mark.label.clone()).chain([format!("slowest {}", view.max)]);
    let description = told.collect::<Vec<_>>().join("; ");
    element([&title, &description], id, HEIGHT, |canvas| draw(canvas, &plane, &points, &marks))
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

/// Where quantiles and latencies stand.
struct Plane {
    /// Nines at the right end.
    nines: f64,
    latency: Axis,
}

impl Plane {
    fn over(points: &[(f64, f64)], marks: &[Mark], requests: u64) -> Option<Self> {
        let ends = marks.iter().flat_map(|mark| [mark.seconds.low, mark.seconds.high]);
        let all = || points.iter().map(|(_, seconds)| *seconds).chain(ends.clone());
        let (low, high) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
        if points.len() < 2 || high <= low {
            return None;
        }
        // A little beyond the last request but one; the last is all there is, at infinity.
        let nines = (2.0 * requests.max(2) as f64).log10().max(1.0);
        Some(Self { nines, latency: Axis::between(low * 0.9, high * 1.1) })
    }

    fn x(&self, quantile: f64) -> i32 {
        let nines = -(1.0 - quantile).max(f64::MIN_POSITIVE).log10();
        LEFT + ((nines / self.nines).clamp(0.0, 1.0) * f64::from(WIDTH - LEFT - RIGHT)).round() as i32
    }

    fn y(&self, seconds: f64) -> i32 {
        HEIGHT - BOTTOM - (self.latency.share(seconds) * f64::from(HEIGHT - TOP - BOTTOM)).round() as i32
    }
}

fn draw(canvas: &Canvas, plane: &Plane, points: &[(f64, f64)], marks: &[Mark]) -> Result<(), DrawError> {
    let bottom = HEIGHT - BOTTOM;
    for tick in plane.latency.ticks() {
        let y = plane.y(tick);
        canvas.draw(&PathElement::new(vec![(LEFT, y), (WIDTH - RIGHT, y)], RULE.stroke_width(1)))?;
        canvas.draw_text(&time_label(tick), &text(&FAINT, HPos::Right), (LEFT - 10, y))?;
    }
    for tick in TICKS.into_iter().filter(|tick| -(1.0 - tick).log10() <= plane.nines) {
        let x = plane.x(tick);
        canvas.draw(&PathElement::new(vec![(x, bottom), (x, bottom + 5)], FAINT.stroke_width(1)))?;
        let label = format!("{}%", words::percentage(tick));
        canvas.draw_text(&label, &text(&FAINT, HPos::Center), (x, bottom + 18))?;
    }
    let line: Vec<(i32, i32)> = points.iter().map(|(at, seconds)| (plane.x(*at), plane.y(*seconds))).collect();
    canvas.draw(&PathElement::new(line, GOOD.stroke_width(3)))?;
    for mark in marks {
        draw_mark(canvas, plane, mark)?;
    }
    Ok(())
}

fn draw_mark(canvas: &Canvas, plane: &Plane, mark: &Mark) -> Result<(), DrawError> {
    let (x, y) = (plane.x(mark.at), plane.y(mark.seconds.estimate));
    let (low, high) = (plane.y(mark.seconds.low), plane.y(mark.seconds.high));
    canvas.draw(&PathElement::new(vec![(x, low), (x, high)], INK.stroke_width(2)))?;
    for end in [low, high] {
        canvas.draw(&PathElement::new(vec![(x - 5, end), (x + 5, end)], INK.stroke_width(2)))?;
    }
    canvas.draw(&Circle::new((x, y), 4, INK.filled()))?;
    // The line rises, so there is room below and to the right of it, or above and to the left.
    let (side, at) = match x + LABEL < WIDTH - RIGHT {
        true => (HPos::Left, (x + 11, low.max(y) + 8)),
        false => (HPos::Right, (x - 11, high.min(y) - 8)),
    };
    canvas.draw_text(&mark.label, &text(&INK, side), at)
}
