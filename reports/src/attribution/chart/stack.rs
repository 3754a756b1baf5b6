//! What latency is made of as an SVG drawing: a column for each band of requests, from the fastest to the slowest, and in it
//! a part each for waiting and for functions.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::attribution::view::{Part, PartKind, Stack};
use crate::chart::{Canvas, DrawError, FAINT, GOOD, HATCHED, INK, PAPER, RULE, WIDTH, element, text};
use crate::table::shortened;

const HEIGHT: i32 = 420;
const LEFT: i32 = 84;
const RIGHT: i32 = 250;
const TOP: i32 = 12;
const BOTTOM: i32 = 56;
/// Between columns.
const GAP: i32 = 6;
/// Least height of a part that its share is written in, and least width of a column.
const WRITABLE: (i32, i32) = (18, 36);
/// Least width of a column for its labels; narrower ones share them.
const LABELLED: i32 = 62;
/// Least distance of names.
const NAME_HEIGHT: i32 = 20;
/// Longest name that fits to the right.
const LONGEST_NAME: usize = 27;

/// What latency is made of as an SVG element, or nothing where there is nothing to draw.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(in crate::attribution) fn stack(stack: &Stack, name: &str, id: &str) -> Option<String> {
    if stack.bands.is_empty() || stack.parts.is_empty() {
        return None;
    }
    let title = format!("What the latency of {name} is made of, from the fastest requests to the slowest");
    let last = stack.bands.len() - 1;
    let told = stack.parts.iter().map(|part| format!("{} {} to {}", part.name, part.percent(0), part.percent(last)));
    let description = told.collect::<Vec<_>>().join("; ");
    element([&title, &description], id, HEIGHT, |canvas| draw(canvas, stack))
}

/// How a part is filled: a colour, how much of the paper doesn't shine through, and the colour of what is written on it.
fn fill(kind: PartKind) -> (RGBAColor, RGBColor) {
    match kind {
        PartKind::Waiting => (HATCHED.mix(1.0), INK),
        PartKind::Function(0) => (GOOD.mix(1.0), PAPER),
        PartKind::Function(1) => (GOOD.mix(0.7), PAPER),
        PartKind::Function(2) => (GOOD.mix(0.45), INK),
        PartKind::Function(3) => (GOOD.mix(0.28), INK),
        PartKind::Function(_) => (GOOD.mix(0.14), INK),
        PartKind::Others => (FAINT.mix(0.45), INK),
        PartKind::Gc => (FAINT.mix(0.25), INK),
        PartKind::Unattributed => (RULE.mix(0.6), INK),
    }
}

fn draw(canvas: &Canvas, stack: &Stack) -> Result<(), DrawError> {
    let (top, bottom) = (f64::from(TOP), f64::from(HEIGHT - BOTTOM));
    let y = |share: f64| (bottom - share.clamp(0.0, 1.0) * (bottom - top)).round() as i32;
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let label = format!("{}%", tick * 100.0);
        canvas.draw(&PathElement::new(vec![(LEFT, y(tick)), (WIDTH - RIGHT, y(tick))], RULE.stroke_width(1)))?;
        canvas.draw_text(&label, &text(&FAINT, HPos::Right), (LEFT - 10, y(tick)))?;
    }
    let bands = i32::try_from(stack.bands.len()).unwrap_or(i32::MAX);
    let step = ((WIDTH - LEFT - RIGHT) / bands).max(1);
    for (column, band) in (0..bands).zip(0..) {
        let left = LEFT + step * column + GAP;
        draw_column(canvas, stack, band, (left, left + (step - GAP).max(1)), y)?;
    }
    draw_labels(canvas, stack, step)?;
    draw_names(canvas, stack, LEFT + step * bands, y)
}

fn draw_column(
    canvas: &Canvas,
    stack: &Stack,
    band: usize,
    (left, right): (i32, i32),
    y: impl Fn(f64) -> i32,
) -> Result<(), DrawError> {
    for (part, below, above) in parts(stack, band) {
        let (low, high) = (y(below), y(above));
        if low - high < 1 {
            continue;
        }
        let (color, ink) = fill(part.kind);
        // A line of paper between parts.
        let high_edge = if low - high > 2 { high + 1 } else { high };
        canvas.draw(&Rectangle::new([(left, high_edge), (right, low)], color.filled()))?;
        if low - high >= WRITABLE.0 && right - left >= WRITABLE.1 {
            let middle = ((left + right) / 2, (low + high) / 2);
            if part.kind == PartKind::Waiting {
                let plate = [(middle.0 - 17, middle.1 - 8), (middle.0 + 17, middle.1 + 9)];
                canvas.draw(&Rectangle::new(plate, PAPER.mix(0.85).filled()))?;
            }
            canvas.draw_text(&part.percent(band), &text(&ink, HPos::Center), middle)?;
        }
    }
    Ok(())
}

/// The parts of a band with the shares that they go from and to.
fn parts(stack: &Stack, band: usize) -> impl Iterator<Item = (&Part, f64, f64)> {
    stack.parts.iter().scan(0.0, move |sum, part| {
        let share = part.shares.get(band).copied().filter(|share| share.is_finite()).unwrap_or(0.0).max(0.0);
        let below = *sum;
        *sum += share;
        Some((part, below, *sum))
    })
}

/// Percentiles of the bands and their mean latencies, for every column or every nth.
fn draw_labels(canvas: &Canvas, stack: &Stack, step: i32) -> Result<(), DrawError> {
    let bottom = HEIGHT - BOTTOM;
    let style = text(&FAINT, HPos::Right);
    canvas.draw_text("percentile", &style, (LEFT - 6, bottom + 18))?;
    canvas.draw_text("mean", &style, (LEFT - 6, bottom + 38))?;
    let every = usize::try_from((LABELLED + step - 1) / step).unwrap_or(1).max(1);
    for (index, band) in
        stack.bands.iter().enumerate().filter(|(index, _)| (stack.bands.len() - 1 - index).is_multiple_of(every))
    {
        let x = LEFT + step * i32::try_from(index).unwrap_or(0) + (step + GAP) / 2;
        canvas.draw_text(&band.range, &text(&FAINT, HPos::Center), (x, bottom + 18))?;
        canvas.draw_text(&band.latency, &text(&INK, HPos::Center), (x, bottom + 38))?;
    }
    Ok(())
}

/// Names to the right, at the height of their part in the last column as far as they leave room for each other.
fn draw_names(canvas: &Canvas, stack: &Stack, right: i32, y: impl Fn(f64) -> i32) -> Result<(), DrawError> {
    let last = stack.bands.len() - 1;
    let mut names: Vec<(&Part, i32, i32)> = parts(stack, last)
        .map(|(part, below, above)| (part, (y(below) + y(above)) / 2))
        .map(|(part, middle)| (part, middle, middle))
        .collect();
    // From the top down, then from the bottom up where they ran out of room.
    names.reverse();
    let mut least = TOP + NAME_HEIGHT / 2;
    for (_, _, at) in &mut names {
        *at = (*at).max(least);
        least = *at + NAME_HEIGHT;
    }
    let mut most = HEIGHT - BOTTOM - 2;
    for (_, _, at) in names.iter_mut().rev() {
        *at = (*at).min(most);
        most = *at - NAME_HEIGHT;
    }
    for (part, middle, at) in names {
        let path = vec![(right + 3, middle), (right + 10, middle), (right + 20, at), (right + 26, at)];
        canvas.draw(&PathElement::new(path, FAINT.stroke_width(1)))?;
        canvas.draw(&Rectangle::new([(right + 28, at - 6), (right + 40, at + 6)], fill(part.kind).0.filled()))?;
        canvas.draw_text(&shortened(&part.name, LONGEST_NAME), &text(&INK, HPos::Left), (right + 47, at))?;
    }
    Ok(())
}
