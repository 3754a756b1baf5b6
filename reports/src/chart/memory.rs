//! Peak memory as an SVG drawing: a bar each contender, from zero.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::figures;

use super::{
    Canvas, DrawError, FAINT, Grid, HALF, HALF_LEFT, HALF_NAME, HALF_ROW, INK, Margins, Scale, axes, plot,
    sized_element, text, write_at,
};
use crate::view::WorkloadView;
use crate::visible;

/// Names stand to the left, sizes to the right of their bars.
const ROOM: Margins = Margins { left: HALF_LEFT, right: 90, top: 10, bottom: 6 };

/// Half the height of a bar, as a share of its row.
const HALF_BAR: f64 = 0.3;

/// Peak memory of a workload's contenders as an SVG element; nothing below two to compare.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(crate) fn memory(workload: &WorkloadView, id: &str) -> Option<String> {
    let bars: Vec<(&str, u64, bool)> = workload
        .rows
        .iter()
        .filter_map(|row| Some((row.contender.as_str(), row.memory_bytes?, row.is_baseline)))
        .collect();
    if bars.len() < 2 {
        return None;
    }
    let height = ROOM.top + ROOM.bottom + HALF_ROW * i32::try_from(bars.len()).ok()?;
    let parts = bars.iter().map(|(name, bytes, _)| format!("{name} {}", figures::bytes(*bytes)));
    let description = parts.collect::<Vec<_>>().join("; ");
    let title = format!("Peak memory of {}", workload.name);
    sized_element([&title, &description], id, (HALF, height), |canvas| draw(canvas, &bars))
}

fn draw(canvas: &Canvas, bars: &[(&str, u64, bool)]) -> Result<(), DrawError> {
    let largest = bars.iter().map(|(_, bytes, _)| *bytes).max().unwrap_or(0).max(1) as f64;
    let mut plot = plot(canvas, ROOM, Scale::up_to(largest).marked_at(Vec::new()), Scale::rows(bars.len()))?;
    let name = |row: f64| visible::short_line(bars[row as usize].0, HALF_NAME);
    axes(&mut plot, Grid::None, |_| String::new(), name)?;
    let rows = || bars.iter().zip((0..).map(|row| f64::from(row) + 0.5));
    plot.draw_series(rows().map(|((_, bytes, is_baseline), row)| {
        let color = if *is_baseline { INK } else { FAINT };
        Rectangle::new([(0.0, row - HALF_BAR), (*bytes as f64, row + HALF_BAR)], color.filled())
    }))?;
    rows().try_for_each(|((_, bytes, _), row)| {
        write_at(&plot, &figures::bytes(*bytes).to_string(), &text(&FAINT, HPos::Left), (*bytes as f64, row), (8, 0))
    })
}
