//! Charts as SVG drawings: plotters lays them out and draws axes and series; what stands beside them is placed here.

mod calls;
mod memory;
mod scale;
mod speedups;
mod sweep;

use std::fmt::Write;

use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rustworthy_model::figures;

/// Width of charts that stand side by side, and room in them for names to the left of the plot.
const HALF: i32 = 590;
const HALF_LEFT: i32 = 150;
/// Longest name in characters that fits there.
const HALF_NAME: usize = 20;
/// Height of their rows.
const HALF_ROW: i32 = 24;
/// The drawing's own width in pixels; the page scales it.
pub(crate) const WIDTH: i32 = 860;
/// The plotters backend sets text at this size over 1.24 pixels.
const TEXT_SIZE: i32 = 16;
/// Length of the marks at an axis; labels stand as far from their ends.
const TICK: i32 = 5;

// The colours are those of the page's light theme. The style sheet replaces each by its counterpart in the dark
// one, and knows it by this value, so no two may be equal.
pub(crate) const INK: RGBColor = RGBColor(0x1D, 0x1C, 0x1A);
pub(crate) const FAINT: RGBColor = RGBColor(0x6A, 0x67, 0x60);
pub(crate) const RULE: RGBColor = RGBColor(0xDD, 0xD9, 0xD0);
pub(crate) const GOOD: RGBColor = RGBColor(0x1B, 0x6B, 0x50);
pub(crate) const SLOW: RGBColor = RGBColor(0xA8, 0x4B, 0x12);
pub(crate) const PAPER: RGBColor = RGBColor(0xFB, 0xFA, 0xF7);
/// Becomes a hatching, which the backend doesn't draw.
pub(crate) const HATCHED: RGBColor = RGBColor(0xAB, 0xCD, 0xEF);

pub(crate) type DrawError = DrawingAreaErrorKind<std::io::Error>;
pub(crate) type Canvas<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
/// Axes within a drawing.
pub(crate) type Plot<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Scale, Scale>>;

pub(crate) use calls::calls;
pub(crate) use memory::memory;
pub(crate) use scale::Scale;
pub(crate) use speedups::speedups;
pub(crate) use sweep::sweep;

/// Room around a plot, in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Margins {
    pub(crate) left: i32,
    pub(crate) right: i32,
    pub(crate) top: i32,
    pub(crate) bottom: i32,
}

/// Lines through a plot at the marks of an axis.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Grid {
    /// At those of the horizontal axis.
    Upright,
    /// At those of the vertical axis.
    Level,
    /// No lines.
    None,
}

/// A plot with these axes, which [`axes`] draws.
pub(crate) fn plot<'a>(canvas: &Canvas<'a>, room: Margins, x: Scale, y: Scale) -> Result<Plot<'a>, DrawError> {
    let mut builder = ChartBuilder::on(canvas);
    builder.margin_top(room.top).margin_right(room.right).x_label_area_size(room.bottom).y_label_area_size(room.left);
    builder.build_cartesian_2d(x, y)
}

/// Draws both axes, with labels at their marks: names where lines are upright or none, since rows are beside them then.
pub(crate) fn axes(
    plot: &mut Plot,
    grid: Grid,
    x_label: impl Fn(f64) -> String,
    y_label: impl Fn(f64) -> String,
) -> Result<(), DrawError> {
    let (x_label, y_label) = (|value: &f64| x_label(*value), |value: &f64| y_label(*value));
    let mut mesh = plot.configure_mesh();
    if grid != Grid::Upright {
        mesh.disable_x_mesh();
    }
    if grid != Grid::Level {
        mesh.disable_y_mesh();
    }
    mesh.bold_line_style(RULE.stroke_width(1)).axis_style(RULE.stroke_width(1)).set_all_tick_mark_size(TICK);
    mesh.x_label_style(text(&FAINT, HPos::Center)).x_label_formatter(&x_label);
    let y_color = if grid == Grid::Level { &FAINT } else { &INK };
    mesh.y_label_style(text(y_color, HPos::Right)).y_label_formatter(&y_label).draw()
}

/// Writes words beside a place of a plot.
pub(crate) fn write_at(
    plot: &Plot,
    words: &str,
    style: &TextStyle<'_>,
    place: (f64, f64),
    away: (i32, i32),
) -> Result<(), DrawError> {
    plot.plotting_area().draw(&(EmptyElement::at(place) + Text::new(words.to_owned(), away, style.clone())))
}

/// What is drawn as an SVG element, with a title and a description for those who don't see it; nothing where it can't be.
pub(crate) fn element(
    [title, description]: [&str; 2],
    id: &str,
    height: i32,
    draw: impl FnOnce(&Canvas) -> Result<(), DrawError>,
) -> Option<String> {
    sized_element([title, description], id, (WIDTH, height), draw)
}

/// The same of another width.
fn sized_element(
    [title, description]: [&str; 2],
    id: &str,
    (width, height): (i32, i32),
    draw: impl FnOnce(&Canvas) -> Result<(), DrawError>,
) -> Option<String> {
    let mut drawing = String::new();
    {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let canvas = SVGBackend::with_string(&mut drawing, size).into_drawing_area();
        draw(&canvas).ok()?;
        canvas.present().ok()?;
    }
    let content = drawing.split_once('>').map(|(_, content)| content)?;
    let (title, description) = (escape(title), escape(description));
    let mut text = format!(r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img" "#);
    // Writing to a `String` cannot fail.
    let _ = write!(text, r#"aria-labelledby="{id}-title {id}-description"><title id="{id}-title">{title}</title>"#);
    let _ = write!(text, r#"<desc id="{id}-description">{description}.</desc>"#);
    Some(text + &hatched(content, id))
}

/// The drawing with all that is to be hatched filled by a pattern. Texts can't be mistaken for it: their quotes are escaped.
fn hatched(content: &str, id: &str) -> String {
    let [fill, rule, ink] = [HATCHED, RULE, FAINT].map(hex);
    let wanted = format!(r#"fill="{fill}""#);
    if !content.contains(&wanted) {
        return content.to_owned();
    }
    let pattern = format!(
        r#"<defs><pattern id="{id}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="{rule}" opacity="0.55"/><line x1="0" y1="0" x2="0" y2="7" stroke="{ink}" stroke-width="2" opacity="0.7"/></pattern></defs>"#
    );
    pattern + &content.replace(&wanted, &format!(r#"fill="url(#{id}-hatch)""#))
}

/// A colour as the backend writes it.
fn hex(color: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2)
}

pub(crate) fn text(color: &RGBColor, side: HPos) -> TextStyle<'_> {
    TextStyle::from(("sans-serif", TEXT_SIZE)).color(color).pos(Pos::new(side, VPos::Center))
}

/// `0.5×`, `1,000×`
fn tick_label(tick: f64) -> String {
    if (1.0..1e6).contains(&tick) {
        return format!("{}×", figures::count(tick as u64));
    }
    if (1e-4..1.0).contains(&tick) { format!("{tick}×") } else { format!("{tick:e}×") }
}

/// `10 ms`, without needless digits.
pub(crate) fn time_label(seconds: f64) -> String {
    let figure = figures::seconds(seconds);
    let number = match figure.number.contains('.') && !figure.number.contains('e') {
        true => figure.number.trim_end_matches('0').trim_end_matches('.'),
        false => &figure.number,
    };
    format!("{number}{}", figure.unit)
}

/// Text as it goes into an element or an attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_labelled_without_needless_digits() {
        assert_eq!([2e-4, 1.0, 0.5, 1e-6, 0.0].map(time_label), ["200 µs", "1 s", "500 ms", "1 µs", "0 ns"]);
    }

    #[test]
    fn ticks_are_labelled_without_needless_digits() {
        let labels: Vec<String> = [0.5, 1.0, 1000.0, 1e9, 1e-9].map(tick_label).into();
        assert_eq!(labels, ["0.5×", "1×", "1,000×", "1e9×", "1e-9×"]);
    }

    #[test]
    fn the_style_sheet_knows_every_colour() {
        let css = include_str!("../templates/page.css");
        for color in [INK, FAINT, RULE, GOOD, SLOW, PAPER, sweep::BLUE, sweep::PLUM] {
            let value = hex(color);
            assert!(css.contains(&format!("[fill=\"{value}\"]")), "fill {value}");
            assert!(css.contains(&format!("[stroke=\"{value}\"]")), "stroke {value}");
        }
    }
}
