//! Names of captures, and where they are kept.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::manifest::Target;

/// The folder of a capture of a project.
pub(crate) fn folder(home: &Path, name: &str) -> PathBuf {
    home.join(".rustworthy").join("captures").join(name)
}

/// Whether that can be the name of a capture.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The name of each function's capture: the one that was asked for, or that of the function; of its module too where two have the same.
pub(crate) fn names(targets: &[Target], asked: Option<&str>) -> Result<Vec<String>> {
    if let Some(name) = asked {
        if !is_name(name) {
            bail!("--name {name}: a name consists of a-z, 0-9 and -");
        }
        if targets.len() > 1 {
            bail!(
                "--name {name}: there are {} functions, and each has a capture of its own; leave it out",
                targets.len()
            );
        }
        return Ok(vec![name.to_owned()]);
    }
    let short: Vec<String> = targets.iter().map(|target| dashed(&target.callable)).collect();
    let is_alone = |name: &str| !name.is_empty() && short.iter().filter(|other| *other == name).count() == 1;
    let long = |target: &Target| dashed(&format!("{}-{}", target.module, target.callable));
    let names: Vec<String> = targets
        .iter()
        .zip(&short)
        .map(|(target, short)| if is_alone(short) && short != "all" { short.clone() } else { long(target) })
        .collect();
    for (place, name) in names.iter().enumerate() {
        if name.is_empty() || names[..place].contains(name) {
            bail!(
                "{}: there is no name for its capture beside the others; record it by itself, with --name",
                targets[place]
            );
        }
    }
    Ok(names)
}

/// A name in `a-z`, `0-9` and `-`.
fn dashed(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Location;

    fn named(targets: &[&str], asked: Option<&str>) -> Result<Vec<String>> {
        let parse = |text: &&str| Target::parse(text, Location::default()).unwrap();
        names(&targets.iter().map(parse).collect::<Vec<_>>(), asked)
    }

    #[test]
    fn a_capture_is_named_after_its_function() {
        assert_eq!(named(&["app:handle_all", "app:Order._total"], None).unwrap(), ["handle-all", "order-total"]);
        assert_eq!(named(&["a.b:f", "c:f"], None).unwrap(), ["a-b-f", "c-f"]);
        assert_eq!(named(&["app:f"], Some("mine")).unwrap(), ["mine"]);
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        assert!(named(&["app:f"], Some("Mine")).is_err());
        assert!(named(&["app:f", "app:g"], Some("mine")).is_err());
        assert!(named(&["app:f", "app:f"], None).is_err());
    }
}
