//! What numbers can be times.

use std::path::Path;

use super::error::ImportError;

/// Whether all of them are times in seconds, positive numbers. The inner error is about these alone: something took no time. A
/// negative one is an error of the file.
pub(super) fn first_that_is_none(
    file: &Path,
    place: &str,
    seconds: &[f64],
) -> Result<Result<(), ImportError>, ImportError> {
    let error = |index: usize| {
        let message = format!("{} s is no time; a positive number belongs here", seconds[index]);
        ImportError::at(file, format!("{place}[{index}]"), message)
    };
    if let Some(negative) = seconds.iter().position(|seconds| *seconds < 0.0) {
        return Err(error(negative));
    }
    Ok(seconds.iter().position(|seconds| *seconds == 0.0).map_or(Ok(()), |zero| Err(error(zero))))
}
