//! What the page may do: its own style and scripts, by digest, and nothing else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::profile::ActiveParts;

/// The Content-Security-Policy of a page with these scripts, and with interactive flame graphs if there are any. A frame
/// inherits it.
pub(super) fn policy(style: &str, scripts: &[&str], graphs: Option<&ActiveParts>) -> String {
    let mut styles = vec![digest(style)];
    let mut allowed: Vec<String> = scripts.iter().map(|script| digest(script)).collect();
    let (mut unsafe_hashes, mut frames) = ("", "");
    if let Some(ActiveParts { style, script, handler }) = graphs {
        styles.push(digest(style));
        // What runs is the text of the element, without the marks of the sections that it stands in.
        allowed.push(digest(&script.replace("<![CDATA[", "").replace("]]>", "")));
        allowed.push(digest(handler));
        (unsafe_hashes, frames) = ("'unsafe-hashes' ", "; frame-src data:");
    }
    format!(
        "default-src 'none'; style-src {}; script-src {unsafe_hashes}{}; img-src data:{frames}; base-uri 'none'; form-action 'none'",
        styles.join(" "),
        allowed.join(" ")
    )
}

/// A source that only this text is.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_page_is_allowed() {
        let policy = policy("a {}", &["let x;"], None);
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(!policy.contains("unsafe") && !policy.contains("frame-src"));
    }
}
