//! Flame graphs, drawn by the `inferno` crate.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap};
use inferno::flamegraph::{Direction, Options, TextTruncateDirection, from_lines};
use rustworthy_model::profile::{Kind, Stacks, Target};

use super::folded::{escaped, lines};
use super::words;
use crate::visible;

/// Frames that are thinner than this, in per cent, are left out: nobody could see or click them.
const THINNEST: f64 = 0.05;

/// The drawing in the dark theme, and controls that can be seen.
const STYLE: &str = include_str!("flamegraph.css");

/// A search that works within a page too. Functions replace those of the same name before them.
const SEARCH: &str = include_str!("flamegraph.js");

/// What the colours mean; frames say it in words too.
const LEGEND: &str = "blue Python · orange native · red Rust · green GC · grey waiting";

/// What the colours of a difference mean.
const DIFFERENCE_LEGEND: &str = "width: time of a call before · blue: less or gone after · red: more after";

/// Why no graph can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum FlameGraphError {
    /// There was no stack.
    #[error("there is no stack to draw")]
    Empty,
    /// The drawing failed.
    #[error("the flame graph can't be drawn: {0}")]
    Drawing(String),
}

/// An interactive flame graph, as SVG.
///
/// # Errors
/// When there is nothing to draw.
pub fn flame_graph(target: &Target, stacks: &Stacks, by_thread: bool) -> Result<String, FlameGraphError> {
    let mut palette = PaletteMap::default();
    for frame in stacks.frames() {
        let name = escaped(&words::frame(frame));
        let color = color(frame.kind, &name);
        palette.insert(name, color);
    }
    let mut options = options(&format!("Where the time of {} goes", visible::line(&target.name)));
    options.subtitle = Some(format!("{} · {LEGEND}", words::sampled_briefly(target)));
    options.palette_map = Some(&mut palette);
    let lines = lines(stacks, by_thread).into_iter().map(|(stack, count)| format!("{stack} {count}"));
    drawn(options, lines.collect())
}

/// A flame graph of what was before, coloured by what became of it; both scaled to the time of one call where that is
/// known of both, or to the same width.
///
/// # Errors
/// When there is nothing to draw.
pub fn difference(before: (&Target, &Stacks), after: (&Target, &Stacks)) -> Result<String, FlameGraphError> {
    /// Parts that the time of a call before is divided into.
    const PARTS: f64 = 100_000.0;
    let ratio = match (before.0.seconds_per_call, after.0.seconds_per_call) {
        (Some(before), Some(after)) if before > 0.0 => after / before,
        _ => 1.0,
    };
    let mut both: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for (side, (stacks, width)) in [(before.1, PARTS), (after.1, PARTS * ratio)].into_iter().enumerate() {
        let lines = lines(stacks, false);
        let total: u64 = lines.iter().map(|(_, count)| count).sum();
        for (stack, count) in lines {
            both.entry(stack).or_default()[side] += width * count as f64 / total.max(1) as f64;
        }
    }
    let names = [before.0, after.0].map(|target| visible::line(&target.name));
    let mut options = options(&format!("From {} to {}", names[0], names[1]));
    options.subtitle = Some(DIFFERENCE_LEGEND.to_owned());
    options.count_name = "parts of 100,000 of a call before".to_owned();
    // The width is that of the last column: what was before, so that what is gone can be seen.
    options.negate_differentials = true;
    let lines = both.into_iter().map(|(stack, [before, after])| format!("{stack} {after:.0} {before:.0}"));
    drawn(options, lines.collect())
}

fn options(title: &str) -> Options<'static> {
    let mut options = Options::default();
    options.title = title.to_owned();
    options.bgcolors = Some(BackgroundColor::Flat(Color { r: 255, g: 255, b: 255 }));
    // The first function is on top, where every viewer begins.
    options.direction = Direction::Inverted;
    options.min_width = THINNEST;
    options.font_type = "sans-serif".to_owned();
    options.text_truncate_direction = TextTruncateDirection::Right;
    options.deterministic = true;
    options.name_type = "function".to_owned();
    options
}

/// What makes a flame graph interactive. It is the same in all that are drawn here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ActiveParts {
    pub(crate) style: String,
    /// With the marks of the sections that it stands in.
    pub(crate) script: String,
    /// Of the drawing, which starts the script.
    pub(crate) handler: String,
}

impl ActiveParts {
    /// Those of a flame graph; none of what has several scripts, or none.
    pub(crate) fn of(svg: &str) -> Option<Self> {
        let between = |start: &str, end: &str| {
            let (_, rest) = svg.split_once(start)?;
            rest.split_once(end).map(|(found, _)| found.to_owned())
        };
        if svg.matches("<script").count() != 1 {
            return None;
        }
        Some(Self {
            style: between("<style type=\"text/css\">", "</style>")?,
            script: between("<script type=\"text/ecmascript\">", "</script>")?,
            handler: between("onload=\"", "\"")?,
        })
    }
}

/// Those of the flame graphs that are drawn here; none if none can be drawn.
pub(crate) fn own_active_parts() -> Option<&'static ActiveParts> {
    static OWN: LazyLock<Option<ActiveParts>> =
        LazyLock::new(|| ActiveParts::of(&drawn(options(""), vec!["frame 1".to_owned()]).ok()?));
    OWN.as_ref()
}

fn drawn(mut options: Options<'_>, lines: Vec<String>) -> Result<String, FlameGraphError> {
    if lines.is_empty() {
        return Err(FlameGraphError::Empty);
    }
    let mut svg = Vec::new();
    from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| FlameGraphError::Drawing(error.to_string()))?;
    let svg = String::from_utf8(svg).map_err(|error| FlameGraphError::Drawing(error.to_string()))?;
    let styled = svg.replacen("</style>", &format!("{STYLE}</style>"), 1);
    Ok(styled.replacen("</script>", &format!("<![CDATA[{SEARCH}]]></script>"), 1))
}

/// The colour of a kind, a little lighter or darker by the name, so that neighbours can be distinguished. Black text
/// can be read on all of them.
fn color(kind: Kind, name: &str) -> Color {
    let shade = name.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) % 40;
    let [r, g, b] = match kind {
        Kind::Python => [120, 170, 215],
        Kind::Native => [235, 160, 80],
        Kind::Rust => [230, 110, 95],
        Kind::Gc => [130, 195, 120],
        Kind::Waiting => [185, 185, 185],
    }
    .map(|channel: u32| u8::try_from(channel + shade).unwrap_or(u8::MAX));
    Color { r, g, b }
}
