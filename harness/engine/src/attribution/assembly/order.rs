//! The order of rows, and which of them are shown.

use std::cmp::Ordering;

use rustworthy_model::attribution::{Attribution, Function, Kind};

/// Leaves out the row with that index.
pub(super) fn leave_out(result: &mut Attribution, row: usize) {
    result.functions.remove(row);
    for band in &mut result.bands {
        band.functions.remove(row);
    }
}

/// Sorts functions by their share of p99, or of the median where there is none, then stretches; other rows stay at the end.
pub(super) fn sort_by_share(result: &mut Attribution) {
    let mut order: Vec<usize> = (0..result.functions.len()).collect();
    let group = |index: usize| match &result.functions[index] {
        function if function.is_function() => 0,
        function if function.kind == Kind::Span => 1,
        _ => 2,
    };
    order.sort_by(|&one, &other| {
        let by_group = group(one).cmp(&group(other));
        by_group.then_with(|| larger_first(&result.functions[one], &result.functions[other]))
    });
    result.functions = order.iter().map(|&index| result.functions[index].clone()).collect();
    for band in &mut result.bands {
        band.functions = order.iter().map(|&index| band.functions[index]).collect();
    }
}

/// The order of two rows by their share of p99, or of the median where there is none.
pub(super) fn larger_first(one: &Function, other: &Function) -> Ordering {
    let share =
        |function: &Function| function.share_of_p99.or(function.share_of_p50).map_or(0.0, |share| share.estimate);
    share(other).total_cmp(&share(one))
}
