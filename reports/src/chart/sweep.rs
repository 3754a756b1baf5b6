//! Speedups by size as an SVG drawing, both on logarithmic scales: a line each contender, a line at 1×, and a ring
//! where a contender breaks even.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::{Estimate, figures};

use super::{Axis, Canvas, DrawError, FAINT, GOOD, INK, RULE, SLOW, WIDTH, escape, text, tick_label};
use crate::view::{SweepRow, SweepView};
use crate::visible;

const HEIGHT: i32 = 430;
/// Room for the labels of the axis, for names, and for sizes.
const LEFT: i32 = 80;
const RIGHT: i32 = 230;
const TOP: i32 = 14;
const BOTTOM: i32 = 44;
/// Least distance of names.
const NAME_HEIGHT: i32 = 18;
/// Longest name in characters that fits to the right.
const LONGEST_NAME: usize = 22;

// Lines take turns in colour, and differ in their marks too, so that nothing is told by colour alone.
pub(super) const BLUE: RGBColor = RGBColor(0x2B, 0x5F, 0xA8);
pub(super) const PLUM: RGBColor = RGBColor(0x8A, 0x3F, 0x86);
const COLORS: [RGBColor; 5] = [GOOD, SLOW, BLUE, PLUM, FAINT];

/// One contender's line.
struct Series<'a> {
    row: &'a SweepRow,
    /// Sizes and speedups.
    points: Vec<(u64, Estimate)>,
    color: RGBColor,
    mark: usize,
}

/// The speedups of a workload by size as an SVG element, or nothing where there are fewer than two sizes to draw.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(crate) fn sweep(sweep: &SweepView, name: &str, id: &str) -> Option<String> {
    let series: Vec<Series> = sweep
        .rows
        .iter()
        .filter(|row| !row.is_baseline)
        .enumerate()
        .filter_map(|(index, row)| {
            let points: Vec<(u64, Estimate)> = sweep
                .sizes
                .iter()
                .zip(&row.cells)
                .filter_map(|(size, cell)| Some((*size, cell.measure.as_ref()?.estimate)))
                .filter(|(_, speedup)| {
                    [speedup.estimate, speedup.low, speedup.high].iter().all(|value| value.is_finite() && *value > 0.0)
                })
                .collect();
            (!points.is_empty()).then(|| Series { row, points, color: COLORS[index % COLORS.len()], mark: index })
        })
        .collect();
    if sweep.sizes.len() < 2 || series.is_empty() {
        return None;
    }
    let mut drawing = String::new();
    draw(&mut drawing, &sweep.sizes, &series).ok()?;
    let content = drawing.split_once('>').map(|(_, content)| content)?;
    let told = series
        .iter()
        .map(|one| format!("{}: {}", one.row.contender, one.row.break_even.as_deref().unwrap_or("one size alone")));
    let description = escape(&told.collect::<Vec<_>>().join("; "));
    let title = escape(&format!("Speedups of {name} over the baseline by size"));
    let opening = format!(
        r#"<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{id}-sweep-title {id}-sweep-description"><title id="{id}-sweep-title">{title}</title><desc id="{id}-sweep-description">{description}.</desc>"#
    );
    Some(opening + content)
}

/// Where sizes and speedups stand.
struct Plane {
    /// Natural logarithms of the smallest and the largest size.
    sizes: (f64, f64),
    speedups: Axis,
}

impl Plane {
    fn x(&self, size: f64) -> i32 {
        let (low, high) = self.sizes;
        let share = (size.max(1.0).ln() - low) / (high - low);
        LEFT + (share.clamp(0.0, 1.0) * f64::from(WIDTH - LEFT - RIGHT)).round() as i32
    }

    fn y(&self, speedup: f64) -> i32 {
        let share = self.speedups.share(speedup);
        HEIGHT - BOTTOM - (share * f64::from(HEIGHT - TOP - BOTTOM)).round() as i32
    }
}

fn draw(drawing: &mut String, sizes: &[u64], series: &[Series<'_>]) -> Result<(), DrawError> {
    let log = |size: Option<&u64>| (size.copied().unwrap_or(1).max(1) as f64).ln();
    let speedups = series.iter().flat_map(|one| one.points.iter().map(|(_, speedup)| *speedup));
    let plane = Plane { sizes: (log(sizes.first()), log(sizes.last())), speedups: Axis::over(speedups) };
    let canvas = SVGBackend::with_string(drawing, (WIDTH.unsigned_abs(), HEIGHT.unsigned_abs())).into_drawing_area();
    draw_axes(&canvas, &plane, sizes)?;
    for one in series {
        draw_series(&canvas, &plane, one)?;
    }
    for one in series {
        draw_break_even(&canvas, &plane, one)?;
    }
    draw_names(&canvas, &plane, series)?;
    canvas.present()
}

fn draw_axes(canvas: &Canvas, plane: &Plane, sizes: &[u64]) -> Result<(), DrawError> {
    for tick in plane.speedups.ticks() {
        let (y, is_one) = (plane.y(tick), tick == 1.0);
        let stroke = if is_one { INK.stroke_width(2) } else { RULE.stroke_width(1) };
        canvas.draw(&PathElement::new(vec![(LEFT, y), (WIDTH - RIGHT, y)], stroke))?;
        canvas.draw_text(&tick_label(tick), &text(if is_one { &INK } else { &FAINT }, HPos::Right), (LEFT - 10, y))?;
    }
    canvas.draw_text("n =", &text(&FAINT, HPos::Right), (LEFT - 24, HEIGHT - BOTTOM + 18))?;
    for size in sizes {
        let x = plane.x(*size as f64);
        canvas.draw(&PathElement::new(vec![(x, HEIGHT - BOTTOM), (x, HEIGHT - BOTTOM + 5)], FAINT.stroke_width(1)))?;
        canvas.draw_text(&figures::count(*size), &text(&FAINT, HPos::Center), (x, HEIGHT - BOTTOM + 18))?;
    }
    Ok(())
}

fn draw_series(canvas: &Canvas, plane: &Plane, one: &Series<'_>) -> Result<(), DrawError> {
    let at = |(size, speedup): &(u64, Estimate)| (plane.x(*size as f64), plane.y(speedup.estimate));
    let color = one.color;
    canvas.draw(&PathElement::new(one.points.iter().map(at).collect::<Vec<_>>(), color.stroke_width(2)))?;
    for point in &one.points {
        let (x, y) = at(point);
        let ends = [point.1.low, point.1.high].map(|end| (x, plane.y(end)));
        canvas.draw(&PathElement::new(ends.to_vec(), color.stroke_width(1)))?;
        draw_mark(canvas, (x, y), one)?;
    }
    Ok(())
}

/// A filled or hollow circle, square or triangle.
fn draw_mark(canvas: &Canvas, (x, y): (i32, i32), one: &Series<'_>) -> Result<(), DrawError> {
    let (color, hollow) = (one.color, one.mark % 6 >= 3);
    let style = if hollow { color.stroke_width(2) } else { color.filled() };
    let path = |corners: &[(i32, i32)]| corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect::<Vec<_>>();
    let square = path(&[(-4, -4), (4, -4), (4, 4), (-4, 4), (-4, -4)]);
    let triangle = path(&[(0, -5), (5, 4), (-5, 4), (0, -5)]);
    match (one.mark % 3, hollow) {
        (0, _) => canvas.draw(&Circle::new((x, y), 4, style)),
        (1, true) => canvas.draw(&PathElement::new(square, style)),
        (1, false) => canvas.draw(&Polygon::new(square, style)),
        (_, true) => canvas.draw(&PathElement::new(triangle, style)),
        (_, false) => canvas.draw(&Polygon::new(triangle, style)),
    }
}

/// A ring where the line passes 1×, with the interval of that size as a bar.
fn draw_break_even(canvas: &Canvas, plane: &Plane, one: &Series<'_>) -> Result<(), DrawError> {
    let y = plane.y(1.0);
    for size in &one.row.crossings {
        let ends = [size.low, size.high].map(|end| (plane.x(end), y));
        canvas.draw(&PathElement::new(ends.to_vec(), one.color.stroke_width(5)))?;
        canvas.draw(&Circle::new((plane.x(size.estimate), y), 8, one.color.stroke_width(2)))?;
    }
    Ok(())
}

/// Names beside the ends of their lines, moved apart where those are close.
fn draw_names(canvas: &Canvas, plane: &Plane, series: &[Series<'_>]) -> Result<(), DrawError> {
    let mut ends: Vec<(i32, &Series)> =
        series.iter().filter_map(|one| Some((plane.y(one.points.last()?.1.estimate), one))).collect();
    ends.sort_by_key(|(y, _)| *y);
    let room = HEIGHT - BOTTOM;
    let count = i32::try_from(ends.len()).unwrap_or(i32::MAX);
    let step = NAME_HEIGHT.min((room - TOP) / count.max(1));
    let mut lowest = TOP;
    for ((end, one), below) in ends.into_iter().zip((0..count).rev()) {
        let y = end.max(lowest).min(room - below * step);
        lowest = y + step;
        let x = WIDTH - RIGHT;
        canvas.draw(&PathElement::new(vec![(x + 8, end), (x + 22, y)], RULE.stroke_width(1)))?;
        draw_mark(canvas, (x + 30, y), one)?;
        canvas.draw_text(
            &visible::short_line(&one.row.contender, LONGEST_NAME),
            &text(&INK, HPos::Left),
            (x + 42, y),
        )?;
    }
    Ok(())
}
