//! The folder that holds `/proc` and `/sys`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Most bytes that are read of a file. `/proc/cpuinfo` of a large server is the longest: 512 processors at 1.5 KiB.
const MOST: u64 = 1 << 20;

/// The root of the system's files: `/`, or a made-up tree.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// The system's files below `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The running system.
    pub fn system() -> Self {
        Self::new("/")
    }

    /// The text of a file without white space around it; `None` where there is no such file or it can't be read.
    /// Bytes that are no UTF-8 are replaced.
    pub(super) fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.path(path)).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// A file that holds one value.
    pub(super) fn value<Value: FromStr>(&self, path: impl AsRef<Path>) -> Option<Value> {
        self.text(path)?.parse().ok()
    }

    /// Whether there is such a file or folder.
    pub(super) fn has(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).exists()
    }

    /// Names in a folder, sorted; `None` where there is no such folder.
    pub(super) fn names(&self, path: impl AsRef<Path>) -> Option<Vec<String>> {
        let entries = self.path(path).read_dir().ok()?.flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Some(names)
    }

    /// A path below this root, however it begins.
    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.0.join(path.strip_prefix("/").unwrap_or(path))
    }
}

/// The value of a `name: value` line, as in `/proc/self/status`.
pub(super) fn field<'text>(text: &'text str, name: &str) -> Option<&'text str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// How many processors a list such as `0-3,8` names; `None` where it is none.
pub(super) fn listed(list: &str) -> Option<usize> {
    list.split(',').try_fold(0_usize, |sum, part| {
        let (first, last) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        sum.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_of_processors_are_counted() {
        assert_eq!(listed("0-3,8"), Some(5));
        assert_eq!(listed("0"), Some(1));
        for none in ["", "3-0", "a", "0-", "0-18446744073709551615", "1,,2"] {
            assert_eq!(listed(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_list_can_be_read(list in "[0-9,-]{0,40}") {
            listed(&list);
        }
    }
}
