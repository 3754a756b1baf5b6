//! `/proc/<pid>/maps`: which file is mapped where.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use nix::unistd::Pid;

/// Memory that is mapped in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) range: Range<u64>,
    pub(super) offset: u64,
    pub(super) is_executable: bool,
    /// The file, or a name such as `[stack]`; empty for anonymous memory.
    pub(super) name: String,
}

impl Mapping {
    /// The file, where the target's own root sees it.
    pub(super) fn file(&self, pid: Pid) -> Option<PathBuf> {
        let path = self.name.strip_suffix(" (deleted)").unwrap_or(&self.name);
        path.starts_with('/').then(|| PathBuf::from(format!("/proc/{pid}/root{path}")))
    }
}

/// All mappings, ascending; none of a process that is gone.
pub(super) fn read(pid: Pid) -> Vec<Mapping> {
    let text = fs::read(format!("/proc/{pid}/maps")).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(parse).collect()
}

/// `start-end perms offset device inode   name`
fn parse(line: &str) -> Option<Mapping> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let permissions = fields.next()?;
    let offset = fields.next()?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    Some(Mapping {
        range: hex(start)?..hex(end)?,
        offset: hex(offset)?,
        is_executable: permissions.contains('x'),
        name: fields.nth(2).unwrap_or_default().trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_a_range_and_a_name_that_may_have_blanks() {
        let mapping = parse("7f00-7fff r-xp 00001000 08:01 12345      /a b/lib.so").unwrap();
        assert_eq!((mapping.range, mapping.offset, mapping.is_executable), (0x7f00..0x7fff, 0x1000, true));
        assert_eq!(mapping.name, "/a b/lib.so");
        assert_eq!(parse("7f00-7fff rw-p 00000000 00:00 0").unwrap().name, "");
        assert_eq!(parse("nonsense"), None);
    }
}
