//! What the page may do: its own style and scripts, by digest, and nothing else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// The Content-Security-Policy of a page with these scripts and these interactive flame graphs. A frame inherits it.
pub(super) fn policy(style: &str, scripts: &[&str], graphs: &[&str]) -> String {
    let mut styles = vec![digest(style)];
    let mut allowed: Vec<String> = scripts.iter().map(|script| digest(script)).collect();
    let mut handlers = Vec::new();
    for svg in graphs {
        styles.extend(between(svg, "<style type=\"text/css\">", "</style>").map(digest));
        // What runs is the text of the element, without the marks of the sections that it stands in.
        allowed.extend(
            between(svg, "<script type=\"text/ecmascript\">", "</script>")
                .map(|sections| digest(&sections.replace("<![CDATA[", "").replace("]]>", ""))),
        );
        handlers.extend(between(svg, "onload=\"", "\"").map(digest));
    }
    let unsafe_hashes = if handlers.is_empty() { "" } else { "'unsafe-hashes' " };
    allowed.extend(handlers);
    let frames = if graphs.is_empty() { "" } else { "; frame-src data:" };
    format!(
        "default-src 'none'; style-src {}; script-src {unsafe_hashes}{}; img-src data:{frames}; base-uri 'none'; form-action 'none'",
        once_each(styles),
        once_each(allowed)
    )
}

fn once_each(mut sources: Vec<String>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    sources.retain(|source| seen.insert(source.clone()));
    sources.join(" ")
}

/// A source that only this text is.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// What stands between the first `start` and the `end` after it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_page_is_allowed() {
        let policy = policy("a {}", &["let x;"], &[]);
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(!policy.contains("unsafe") && !policy.contains("frame-src"));
    }
}
