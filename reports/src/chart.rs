//! Speedups as an SVG drawing: a row each, its interval as a bar, on a logarithmic axis with a line at 1×.

mod calls;
mod memory;
mod sweep;

use std::fmt::Write;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rustworthy_model::{Estimate, figures};

use crate::verdict::Tone;
use crate::view::{Measure, WorkloadView};
use crate::visible;

/// Width of charts that stand side by side, and room in them for names to the left of the plot.
const HALF: i32 = 590;
const HALF_LEFT: i32 = 150;
/// Longest name in characters that fits there.
const HALF_NAME: usize = 20;
/// Height of their rows.
const HALF_ROW: i32 = 24;
/// The drawing's own width in pixels; the page scales it.
pub(crate) const WIDTH: i32 = 860;
const ROW_HEIGHT: i32 = 30;
/// Room for names to the left of the plot, and for values to its right.
const LEFT: i32 = 190;
const RIGHT: i32 = 160;
const TOP: i32 = 10;
const BOTTOM: i32 = 34;
/// Radius of an estimate's dot; an interval that it hides gets no end marks.
const DOT: i32 = 4;
/// Longest name in characters that fits to the left.
const LONGEST_NAME: usize = 24;
/// Most ticks before the axis keeps to powers of ten.
const MOST_TICKS: usize = 9;
/// The plotters backend sets text at this size over 1.24 pixels.
const TEXT_SIZE: i32 = 16;

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

pub(crate) use calls::calls;
pub(crate) use memory::memory;
pub(crate) use sweep::sweep;

/// One row of the chart.
struct Bar<'a> {
    name: &'a str,
    speedup: &'a Measure,
    tone: Tone,
}

/// The speedups of a workload as an SVG element, or nothing where there is no speedup to draw.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(crate) fn speedups(workload: &WorkloadView, id: &str) -> Option<String> {
    let drawable = |speedup: &&Measure| {
        let Estimate { estimate, low, high } = speedup.estimate;
        [estimate, low, high].iter().all(|value| value.is_finite()) && estimate > 0.0
    };
    let bars: Vec<Bar> = workload
        .rows
        .iter()
        .filter_map(|row| {
            let speedup = row.speedup.as_ref().filter(drawable)?;
            Some(Bar { name: &row.contender, speedup, tone: row.verdict.tone })
        })
        .collect();
    if bars.is_empty() {
        return None;
    }
    let height = TOP + BOTTOM + ROW_HEIGHT * i32::try_from(bars.len()).ok()?;
    let told = bars.iter().map(|bar| format!("{} {} ({})", bar.name, bar.speedup.value, bar.speedup.range));
    let description = told.collect::<Vec<_>>().join("; ");
    let title = format!("Speedups of {} over the baseline", workload.name);
    element([&title, &description], id, height, |canvas| draw(canvas, &bars, height))
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

fn draw(canvas: &Canvas, bars: &[Bar], height: i32) -> Result<(), DrawError> {
    let axis = Axis::over(bars.iter().map(|bar| bar.speedup.estimate));
    draw_axis(canvas, &axis, height - BOTTOM)?;
    for (bar, row) in bars.iter().zip(0..) {
        draw_bar(canvas, &axis, bar, TOP + ROW_HEIGHT * row + ROW_HEIGHT / 2)?;
    }
    Ok(())
}

fn draw_axis(canvas: &Canvas, axis: &Axis, bottom: i32) -> Result<(), DrawError> {
    for tick in axis.ticks() {
        let x = axis.pixel(tick);
        let is_one = tick == 1.0;
        let stroke = if is_one { INK.stroke_width(2) } else { RULE.stroke_width(1) };
        canvas.draw(&PathElement::new(vec![(x, TOP), (x, bottom)], stroke))?;
        let label = tick_label(tick);
        canvas.draw_text(&label, &text(if is_one { &INK } else { &FAINT }, HPos::Center), (x, bottom + 16))?;
    }
    Ok(())
}

fn draw_bar(canvas: &Canvas, axis: &Axis, bar: &Bar, y: i32) -> Result<(), DrawError> {
    let color = match bar.tone {
        Tone::Good => GOOD,
        Tone::Slow => SLOW,
        Tone::Problem | Tone::Plain => FAINT,
    };
    let Estimate { estimate, low, high } = bar.speedup.estimate;
    let (low, middle, high) = (axis.pixel(low), axis.pixel(estimate), axis.pixel(high));
    let cap = |x: i32| PathElement::new(vec![(x, y - 5), (x, y + 5)], color.stroke_width(2));
    canvas.draw(&PathElement::new(vec![(low, y), (high, y)], color.stroke_width(2)))?;
    if high - low > 2 * DOT {
        canvas.draw(&cap(low))?;
        canvas.draw(&cap(high))?;
    }
    canvas.draw(&Circle::new((middle, y), DOT, color.filled()))?;
    canvas.draw_text(&visible::short_line(bar.name, LONGEST_NAME), &text(&INK, HPos::Right), (LEFT - 14, y))?;
    canvas.draw_text(&bar.speedup.text(), &text(&FAINT, HPos::Left), (WIDTH - RIGHT + 14, y))
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

/// A logarithmic axis.
pub(crate) struct Axis {
    /// Decimal logarithms of both ends.
    low: f64,
    high: f64,
}

impl Axis {
    /// An axis that holds all intervals and 1×, and is at least a factor of four long.
    fn over(intervals: impl Iterator<Item = Estimate>) -> Self {
        let positive = |value: f64, estimate: f64| if value > 0.0 { value } else { estimate / 10.0 };
        let (mut low, mut high) = (0.5_f64, 2.0_f64);
        for Estimate { estimate, low: from, high: to } in intervals {
            low = low.min(positive(from, estimate));
            high = high.max(to);
        }
        let margin = (high.log10() - low.log10()) * 0.04;
        Self { low: low.log10() - margin, high: high.log10() + margin }
    }

    /// An axis from one positive number to another.
    pub(crate) fn between(low: f64, high: f64) -> Self {
        Self { low: low.log10(), high: high.log10() }
    }

    /// Where a ratio stands, as a share of the axis; those beyond an end stand at that end.
    pub(crate) fn share(&self, ratio: f64) -> f64 {
        ((ratio.max(f64::MIN_POSITIVE).log10() - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Where a ratio stands in the drawing.
    fn pixel(&self, ratio: f64) -> i32 {
        LEFT + (self.share(ratio) * f64::from(WIDTH - LEFT - RIGHT)).round() as i32
    }

    /// 1, 2 and 5 of each power of ten, or every power alone, or every nth of them, 1 always among them.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let (first, last) = (self.low.floor() as i32, self.high.ceil() as i32);
        let shown = |tick: &f64| (self.low..=self.high).contains(&tick.log10());
        let fine: Vec<f64> =
            (first..=last).flat_map(|power| [1, 2, 5].map(|digit| decimal(digit, power))).filter(shown).collect();
        if fine.len() <= MOST_TICKS {
            return fine;
        }
        let every = i32::try_from((last - first).unsigned_abs() as usize / MOST_TICKS + 1).unwrap_or(i32::MAX);
        (first..=last).filter(|power| power % every == 0).map(|power| decimal(1, power)).filter(shown).collect()
    }
}

/// `digit × 10^power`, as exact as its decimal text.
fn decimal(digit: i32, power: i32) -> f64 {
    format!("{digit}e{power}").parse().unwrap_or(f64::NAN)
}

/// Text as it goes into an element or an attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_axis_is_marked_at_one_two_and_five() {
        assert_eq!(Axis::between(0.45, 12.0).ticks(), [0.5, 1.0, 2.0, 5.0, 10.0]);
    }

    #[test]
    fn a_long_axis_is_marked_at_powers_of_ten() {
        assert_eq!(Axis::between(0.05, 2e4).ticks(), [0.1, 1.0, 10.0, 100.0, 1e3, 1e4]);
        assert!(Axis::between(1e-30, 1e30).ticks().len() <= MOST_TICKS + 1);
        assert!(Axis::between(1e-30, 1e30).ticks().contains(&1.0));
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
