//! Speedups by size as an SVG drawing, both on logarithmic scales: a line each contender, a line at 1×, and a ring
//! where a contender breaks even.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::{Estimate, figures};

use super::{
    Canvas, DrawError, FAINT, GOOD, Grid, INK, Margins, Plot, RULE, SLOW, Scale, WIDTH, axes, element, plot, text,
    tick_label,
};
use crate::view::{SweepRow, SweepView};
use crate::visible;

const HEIGHT: i32 = 430;
/// Speedups stand to the left, names to the right, sizes below.
const ROOM: Margins = Margins { left: 80, right: 230, top: 14, bottom: 44 };
/// Least distance of names.
const NAME_HEIGHT: i32 = 18;
/// Longest name in characters that fits to the right.
const LONGEST_NAME: usize = 22;

// Lines take turns in colour, and differ in their marks too, so that colour is never the only difference.
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
    let parts = series
        .iter()
        .map(|one| format!("{}: {}", one.row.contender, one.row.break_even.as_deref().unwrap_or("one size alone")));
    let description = parts.collect::<Vec<_>>().join("; ");
    let title = format!("Speedups of {name} over the baseline by size");
    element([&title, &description], &format!("{id}-sweep"), HEIGHT, |canvas| draw(canvas, &sweep.sizes, &series))
}

fn draw(canvas: &Canvas, sizes: &[u64], series: &[Series<'_>]) -> Result<(), DrawError> {
    let sizes: Vec<f64> = sizes.iter().map(|size| (*size).max(1) as f64).collect();
    let (smallest, largest) = (sizes.first().copied().unwrap_or(1.0), sizes.last().copied().unwrap_or(1.0));
    let speedups = Scale::of_ratios(series.iter().flat_map(|one| one.points.iter().map(|(_, speedup)| *speedup)));
    let mut plot = plot(canvas, ROOM, Scale::logarithmic(smallest, largest).marked_at(sizes), speedups)?;
    axes(&mut plot, Grid::Level, |size| figures::count(size as u64), tick_label)?;
    canvas.draw_text("n =", &text(&FAINT, HPos::Right), (ROOM.left - 24, HEIGHT - ROOM.bottom + 16))?;
    plot.draw_series(LineSeries::new([(smallest, 1.0), (largest, 1.0)], INK.stroke_width(2)))?;
    for one in series {
        draw_series(canvas, &mut plot, one)?;
    }
    for one in series {
        draw_break_even(&mut plot, one)?;
    }
    draw_names(canvas, &plot, series)
}

fn draw_series(canvas: &Canvas, plot: &mut Plot, one: &Series<'_>) -> Result<(), DrawError> {
    let at = |(size, speedup): &(u64, Estimate)| (*size as f64, speedup.estimate);
    let color = one.color;
    plot.draw_series(LineSeries::new(one.points.iter().map(at), color.stroke_width(2)))?;
    plot.draw_series(one.points.iter().map(|(size, speedup)| {
        PathElement::new([speedup.low, speedup.high].map(|end| (*size as f64, end)), color.stroke_width(1))
    }))?;
    one.points.iter().try_for_each(|point| draw_mark(canvas, plot.backend_coord(&at(point)), one))
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
fn draw_break_even(plot: &mut Plot, one: &Series<'_>) -> Result<(), DrawError> {
    let crossings = || one.row.crossings.iter();
    plot.draw_series(
        crossings()
            .map(|size| PathElement::new([size.low, size.high].map(|end| (end, 1.0)), one.color.stroke_width(5))),
    )?;
    plot.draw_series(crossings().map(|size| Circle::new((size.estimate, 1.0), 8, one.color.stroke_width(2))))?;
    Ok(())
}

/// Names beside the ends of their lines, moved apart where those are close.
fn draw_names(canvas: &Canvas, plot: &Plot, series: &[Series<'_>]) -> Result<(), DrawError> {
    let height = |one: &Series| Some(plot.backend_coord(&(f64::INFINITY, one.points.last()?.1.estimate)).1);
    let mut ends: Vec<(i32, &Series)> = series.iter().filter_map(|one| Some((height(one)?, one))).collect();
    ends.sort_by_key(|(y, _)| *y);
    let room = HEIGHT - ROOM.bottom;
    let count = i32::try_from(ends.len()).unwrap_or(i32::MAX);
    let step = NAME_HEIGHT.min((room - ROOM.top) / count.max(1));
    let mut lowest = ROOM.top;
    for ((end, one), below) in ends.into_iter().zip((0..count).rev()) {
        let y = end.max(lowest).min(room - below * step);
        lowest = y + step;
        let x = WIDTH - ROOM.right;
        canvas.draw(&PathElement::new(vec![(x + 8, end), (x + 22, y)], RULE.stroke_width(1)))?;
        draw_mark(canvas, (x + 30, y), one)?;
        let name = visible::short_line(&one.row.contender, LONGEST_NAME);
        canvas.draw_text(&name, &text(&INK, HPos::Left), (x + 42, y))?;
    }
    Ok(())
}
