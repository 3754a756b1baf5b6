//! The names of other tools as workload and contender.

use super::imported::Kind;

/// Workload and contender of a benchmark that another tool knows by one name.
///
/// A name as rustworthy exports it, `workload/contender`, is taken apart again. Any other is the name of a workload,
/// whose contender is called after the tool.
pub(super) fn parts(name: &str, kind: Kind) -> (String, String) {
    match name.split_once('/') {
        Some((workload, contender)) if is_plain(workload) && is_plain(contender) => (workload.into(), contender.into()),
        _ => (name.to_owned(), kind.to_string()),
    }
}

/// Whether a manifest would take it as a name.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
