//! What is wrong with a manifest, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use super::project::Location;

/// One thing that is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The manifest.
    pub file: PathBuf,
    /// Where in the manifest; `None` when it is about the file as a whole.
    pub place: Option<Location>,
    /// What is wrong, and the remedy.
    pub message: String,
}

impl ManifestError {
    /// An error at a place in a manifest.
    pub fn at(file: impl Into<PathBuf>, place: &Location, message: impl Into<String>) -> Self {
        Self { file: file.into(), place: Some(place.clone()), message: message.into() }
    }

    /// An error about a file as a whole.
    pub fn file(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { file: file.into(), place: None, message: message.into() }
    }
}

/// `rustworthy.toml:14: workload.parse.input: message; remedy`
impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Location { line: 0, key }) = self.place.as_ref().filter(|place| !place.key.is_empty()) {
            return write!(f, "{key}: {}", self.message);
        }
        write!(f, "{}:", shown(&self.file).display())?;
        if let Some(place) = &self.place {
            write!(f, "{}:", place.line)?;
            if !place.key.is_empty() {
                write!(f, " {}:", place.key)?;
            }
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for ManifestError {}

/// The file relative to the current directory when it lies below it, as people name it.
fn shown(file: &Path) -> PathBuf {
    let below = std::env::current_dir().ok().and_then(|current| file.strip_prefix(current).map(Path::to_owned).ok());
    below.filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| file.to_owned())
}

/// Everything that is wrong with a manifest, by line.
///
/// Displayed as one error a line, without a newline at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestErrors(Vec<ManifestError>);

impl ManifestErrors {
    /// Fails with `errors` unless there are none.
    ///
    /// # Errors
    /// Those given, by line.
    pub fn check(errors: Vec<ManifestError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
    }

    /// The errors, by file and line; those about a file as a whole come first.
    pub fn iter(&self) -> std::slice::Iter<'_, ManifestError> {
        self.0.iter()
    }
}

impl From<Vec<ManifestError>> for ManifestErrors {
    fn from(mut errors: Vec<ManifestError>) -> Self {
        let line = |error: &ManifestError| error.place.as_ref().map(|place| place.line);
        errors.sort_by(|a, b| a.file.cmp(&b.file).then(line(a).cmp(&line(b))));
        Self(errors)
    }
}

impl From<ManifestError> for ManifestErrors {
    fn from(error: ManifestError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ManifestErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, key: &str, message: &str) -> ManifestError {
        ManifestError::at("/p/rustworthy.toml", &Location { line, key: key.into() }, message)
    }

    #[test]
    fn errors_are_listed_by_line_whatever_order_they_were_found_in() {
        let errors = ManifestErrors::from(vec![at(14, "b", "second"), at(2, "", "first")]);
        assert_eq!(errors.to_string(), "/p/rustworthy.toml:2: first\n/p/rustworthy.toml:14: b: second");
    }

    #[test]
    fn a_file_below_the_current_directory_is_named_relative_to_it() {
        let file = std::env::current_dir().unwrap().join("app/rustworthy.toml");
        assert_eq!(ManifestError::file(file, "is empty").to_string(), "app/rustworthy.toml: is empty");
    }

    #[test]
    fn no_errors_are_no_failure() {
        assert_eq!(ManifestErrors::check(Vec::new()), Ok(()));
        assert!(ManifestErrors::check(vec![at(1, "", "x")]).is_err());
    }
}
