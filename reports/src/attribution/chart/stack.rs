//! What latency is made of as an SVG drawing: a column for each band of requests, from the fastest to the slowest, and in it
//! a part each for waiting and for functions.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::attribution::view::{Part, PartKind, Stack};
use crate::chart::{
    Canvas, DrawError, FAINT, GOOD, Grid, HATCHED, INK, Margins, PAPER, Plot, RULE, Scale, WIDTH, axes, element, plot,
    text, write_at,
};
use crate::table::shortened;

const HEIGHT: i32 = 420;
/// Shares stand to the left, names to the right, percentiles with their mean latencies below.
const ROOM: Margins = Margins { left: 84, right: 250, top: 12, bottom: 56 };
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
    let labels = stack.parts.iter().map(|part| format!("{} {} to {}", part.name, part.percent(0), part.percent(last)));
    let description = labels.collect::<Vec<_>>().join("; ");
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
    let bands = stack.bands.len();
    let width = (WIDTH - ROOM.left - ROOM.right) / i32::try_from(bands).unwrap_or(i32::MAX).max(1);
    // Every column has a label, or every nth, the slowest always among them.
    let every = usize::try_from((LABELLED + width - 1) / width.max(1)).unwrap_or(1).max(1);
    let labelled: Vec<usize> = (0..bands).filter(|band| (bands - 1 - band).is_multiple_of(every)).collect();
    let columns = Scale::rows(bands).reversed().marked_at(labelled.iter().map(|band| *band as f64 + 0.5).collect());
    let shares = Scale::up_to(1.0).marked_at(vec![0.0, 0.25, 0.5, 0.75, 1.0]);
    let mut plot = plot(canvas, ROOM, columns, shares)?;
    let range = |column: f64| stack.bands[column as usize].range.clone();
    axes(&mut plot, Grid::Level, range, |share| format!("{}%", share * 100.0))?;
    for band in 0..bands {
        draw_column(canvas, &plot, stack, band)?;
    }
    draw_means(canvas, &plot, stack, &labelled)?;
    draw_names(canvas, &plot, stack)
}

/// The parts of a band, one on the other, with their shares where there is room for them.
fn draw_column(canvas: &Canvas, plot: &Plot, stack: &Stack, band: usize) -> Result<(), DrawError> {
    for (part, below, above) in parts(stack, band) {
        let (left, low) = plot.backend_coord(&(band as f64, below));
        let (right, high) = plot.backend_coord(&(band as f64 + 1.0, above));
        let left = left + GAP.min(right - left - 1);
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

/// The mean latencies of bands, below their percentiles.
fn draw_means(canvas: &Canvas, plot: &Plot, stack: &Stack, labelled: &[usize]) -> Result<(), DrawError> {
    let bottom = HEIGHT - ROOM.bottom;
    let style = text(&FAINT, HPos::Right);
    canvas.draw_text("percentile", &style, (ROOM.left - 6, bottom + 16))?;
    canvas.draw_text("mean", &style, (ROOM.left - 6, bottom + 38))?;
    let style = text(&INK, HPos::Center);
    labelled
        .iter()
        .try_for_each(|band| write_at(plot, &stack.bands[*band].latency, &style, (*band as f64 + 0.5, 0.0), (0, 38)))
}

/// Names to the right, at the height of their part in the last column as far as they leave room for each other.
fn draw_names(canvas: &Canvas, plot: &Plot, stack: &Stack) -> Result<(), DrawError> {
    let last = stack.bands.len() - 1;
    let y = |share: f64| plot.backend_coord(&(0.0, share)).1;
    let right = WIDTH - ROOM.right;
    let mut names: Vec<(&Part, i32, i32)> = parts(stack, last)
        .map(|(part, below, above)| (part, (y(below) + y(above)) / 2))
        .map(|(part, middle)| (part, middle, middle))
        .collect();
    // From the top down, then from the bottom up where they ran out of room.
    names.reverse();
    let mut least = ROOM.top + NAME_HEIGHT / 2;
    for (_, _, at) in &mut names {
        *at = (*at).max(least);
        least = *at + NAME_HEIGHT;
    }
    let mut most = HEIGHT - ROOM.bottom - 2;
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
