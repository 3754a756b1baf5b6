//! Waiting until others leave the processors alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::context::{Context, Notice};
use crate::machine::{Load, Root, Sample};

/// How long others' load is sampled at a time: two processors tick 200 times in it.
const LOOK: Duration = Duration::from_secs(1);

/// How often it is told what is waited for.
const TOLD: Duration = Duration::from_secs(30);

/// Waits until others have so little of the processors that measurements don't suffer, or the time is over that was asked for:
/// then there is a warning, and what comes is measured all the same. To be called while nothing of the run's own works.
///
/// # Errors
/// When the user interrupts.
pub(crate) fn wait_for_quiet(context: &Context<'_>, limit: Option<Duration>) -> Result<()> {
    let Some(limit) = limit else { return Ok(()) };
    let start = Instant::now();
    let look = || {
        let load = Load::read(&Root::system(), || pause(LOOK, &context.cancel));
        (start.elapsed(), load.sample.filter(|_| !context.is_cancelled()))
    };
    let tell = |sample: &Sample, left: Duration| {
        context.tell(Notice::Remark(format!(
            "waiting for quiet, for {} s at most: {}; less than 10 % of them is quiet, with less than 1 % of the time taken by the \
             host",
            left.as_secs(),
            sample.in_words()
        )));
    };
    let noisy = wait(limit, look, tell);
    if context.is_cancelled() {
        bail!("interrupted");
    }
    if let Some(sample) = noisy {
        context.warn(format!(
            "it hasn't become quiet within {} s: {}; measuring all the same",
            limit.as_secs_f64(),
            sample.in_words()
        ));
    }
    Ok(())
}

/// Looks until it is quiet, or what others do can't be seen; what they still do when that time is over.
fn wait(
    limit: Duration,
    mut look: impl FnMut() -> (Duration, Option<Sample>),
    mut tell: impl FnMut(&Sample, Duration),
) -> Option<Sample> {
    let mut told: Option<Duration> = None;
    loop {
        let (passed, sample) = look();
        let sample = sample.filter(Sample::spoils)?;
        if passed >= limit {
            return Some(sample);
        }
        if told.is_none_or(|told| passed >= told + TOLD) {
            tell(&sample, limit - passed);
            told = Some(passed);
        }
    }
}

/// Sleeps, but not beyond an interruption.
pub(crate) fn pause(time: Duration, cancel: &AtomicBool) {
    let start = Instant::now();
    while start.elapsed() < time && !cancel.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(busy: f64, stolen: f64) -> Option<Sample> {
        Some(Sample { processors: 2, busy, stolen, ..Sample::default() })
    }

    /// What is left in the end, and when it was told, where looks give these samples, one a second.
    fn waited(limit: u64, samples: &[Option<Sample>]) -> (Option<Sample>, Vec<u64>) {
        let mut told = Vec::new();
        let mut looks = samples.iter().zip(1..);
        let look = || {
            let (sample, second) = looks.next().expect("it has ended by now");
            (Duration::from_secs(second), sample.clone())
        };
        let left = wait(Duration::from_secs(limit), look, |_, left| told.push(limit - left.as_secs()));
        (left, told)
    }

    #[test]
    fn it_ends_when_it_is_quiet() {
        assert_eq!(waited(60, &[sample(0.1, 0.0)]), (None, vec![]));
        assert_eq!(waited(60, &[sample(1.5, 0.0), sample(0.0, 0.2), sample(0.1, 0.0)]), (None, vec![1]));
        // What can't be seen can't be waited for.
        assert_eq!(waited(60, &[None]), (None, vec![]));
    }

    #[test]
    fn it_is_given_up_after_the_time_and_told_now_and_then() {
        let busy = vec![sample(1.5, 0.0); 70];
        assert_eq!(waited(65, &busy), (sample(1.5, 0.0), vec![1, 31, 61]));
    }
}
