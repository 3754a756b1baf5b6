//! Flame graphs in the page: interactive in a frame of their own, or a still picture where they are large.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::profile::{ActiveParts, own_active_parts};

/// Graphs of more bytes than this stay in their own file.
const LARGEST: usize = 600_000;
/// Frames narrower than this, in per cent, are left out of a still picture.
const NARROWEST: f64 = 0.4;

/// A flame graph, ready to be put into a page.
pub(crate) struct Graph {
    /// What it shows.
    pub(crate) title: String,
    /// The file that it is in, beside the page.
    pub(crate) file: String,
    /// What is put into the page, in base64.
    pub(crate) data: String,
    /// How many pixels high it is.
    pub(crate) height: u32,
    /// Whether nothing runs in it but what runs in graphs that are drawn here.
    is_own: bool,
    /// Whether the page has it with its script.
    is_interactive: bool,
}

impl Graph {
    /// A file of a run may come from anyone: what would run another script than that of our own graphs becomes a picture.
    pub(crate) fn new(title: &str, svg: &str, file: &str) -> Self {
        let is_own = own_active_parts().is_some_and(|own| ActiveParts::of(svg).as_ref() == Some(own));
        let is_interactive = is_own && svg.len() <= LARGEST;
        let data = BASE64_STANDARD.encode(if is_interactive { svg.to_owned() } else { still(svg) });
        Self { title: title.to_owned(), file: file.to_owned(), data, height: height(svg), is_own, is_interactive }
    }

    /// Whether nothing runs in it but what runs in graphs that are drawn here.
    pub(crate) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Whether the page has it with its script.
    pub(crate) fn is_interactive(&self) -> bool {
        self.is_interactive
    }
}

/// The height that a drawing says; where it says none, enough for a short one.
fn height(svg: &str) -> u32 {
    const DEFAULT: u32 = 540;
    let rest = svg.split_once(" height=\"").map_or("", |(_, rest)| rest);
    rest.split_once('"').and_then(|(height, _)| height.parse().ok()).unwrap_or(DEFAULT)
}

/// A graph without its script and without what is too narrow to be seen in a still picture.
fn still(svg: &str) -> String {
    let without_script = match (svg.find("<script"), svg.find("</script>")) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &svg[..start], &svg[end + "</script>".len()..]),
        _ => svg.to_owned(),
    };
    let mut picture = String::new();
    let mut rest = without_script.as_str();
    while let Some(start) = rest.find("<g>") {
        let Some(end) = rest[start..].find("</g>").map(|end| start + end + "</g>".len()) else { break };
        picture += &rest[..start];
        let frame = &rest[start..end];
        if is_visible(frame) {
            picture += frame;
        }
        rest = &rest[end..];
    }
    picture + rest
}

/// Whether a frame is wide enough; what isn't a frame is.
fn is_visible(frame: &str) -> bool {
    let rectangle = frame.split_once("<rect").map_or("", |(_, rest)| rest);
    let width = rectangle.split_once(" width=\"").and_then(|(_, rest)| rest.split_once("%\""));
    width.and_then(|(width, _)| width.parse().ok()).is_none_or(|width: f64| width >= NARROWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_picture_has_no_script_and_no_slivers() {
        let wide = "<g><title>wide</title><rect x=\"0%\" y=\"1\" width=\"50.0%\" height=\"15\"/></g>";
        let narrow = "<g><title>narrow</title><rect x=\"0%\" y=\"1\" width=\"0.1%\" height=\"15\"/></g>";
        let svg = format!("<svg><script>x()</script><rect width=\"100%\"/>{wide}{narrow}</svg>");
        assert_eq!(still(&svg), format!("<svg><rect width=\"100%\"/>{wide}</svg>"));
    }
}
