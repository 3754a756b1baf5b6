//! Flame graphs in the page: interactive in a frame of their own, or a still picture where they are large.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Graphs of more bytes than this stay in their own file.
const LARGEST: usize = 600_000;
/// Frames narrower than this, in per cent, are left out of a still picture.
const NARROWEST: f64 = 0.4;

/// A flame graph, ready to be put into a page.
pub(crate) struct Graph<'a> {
    /// What it shows.
    pub(crate) title: String,
    /// The file that it is in, beside the page.
    pub(crate) file: String,
    /// What is put into the page, in base64.
    pub(crate) data: String,
    /// The whole graph, where the page has it with its script.
    interactive: Option<&'a str>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(title: &str, svg: &'a str, file: &str) -> Self {
        let interactive = (svg.len() <= LARGEST).then_some(svg);
        let data = match interactive {
            Some(svg) => BASE64_STANDARD.encode(svg),
            None => BASE64_STANDARD.encode(still(svg)),
        };
        Self { title: title.to_owned(), file: file.to_owned(), data, interactive }
    }

    /// The graph, where the page has it with its script.
    pub(crate) fn interactive(&self) -> Option<&'a str> {
        self.interactive
    }
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
