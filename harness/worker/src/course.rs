//! The course of calls that are awaited: how many there are, and under which clock.

use std::time::{Duration, Instant};

use rustworthy_protocol::{Clock, TimeFor};

use crate::meter::{Meter, Metered};
use crate::process;

/// When calls begin and end, for somebody who makes one after the other and is only asked whether there is another.
pub(crate) struct Course {
    /// Calls until the clock is looked at again.
    left: u64,
    clock: Option<Clocked>,
}

/// Calls under a clock.
struct Clocked {
    order: TimeFor,
    /// Processor time that the worker used while it should have been idle.
    idle: Duration,
    began: Instant,
    meter: Option<Meter>,
    /// Calls that are over, or will be when the clock is looked at again.
    calls: u64,
    /// The reading of the clock at the end of the last call.
    before: Duration,
    each_ns: Vec<u64>,
    metered: Option<Metered>,
}

impl Course {
    /// So many calls without a clock.
    pub(crate) fn of(calls: u64) -> Self {
        Self { left: calls, clock: None }
    }

    /// Calls until they have taken as long as is asked, after idle time in which the worker used that much of a processor.
    pub(crate) fn timed(order: TimeFor, idle: Duration) -> Self {
        let clock = Clocked {
            order,
            idle,
            began: Instant::now(),
            meter: None,
            calls: 0,
            before: Duration::ZERO,
            each_ns: Vec::with_capacity(if order.each { order.calls as usize } else { 0 }),
            metered: None,
        };
        Self { left: 0, clock: Some(clock) }
    }

    /// Whether there is another call, which then begins.
    #[inline]
    pub(crate) fn goes_on(&mut self) -> bool {
        if self.left == 0 {
            self.left = self.clock.as_mut().map_or(0, Clocked::next_calls);
        }
        let goes_on = self.left > 0;
        self.left -= u64::from(goes_on);
        goes_on
    }

    /// A call has come to its end.
    #[inline]
    pub(crate) fn called(&mut self) {
        if let Some(clock) = &mut self.clock
            && clock.order.each
            && clock.meter.is_some()
        {
            let now = clock.now();
            clock.each_ns.push((now - clock.before).as_nanos() as u64);
            clock.before = now;
        }
    }

    /// Reads the meter at the end of all calls; again where more has come to belong to them.
    pub(crate) fn stop(&mut self) {
        if let Some(clock) = &mut self.clock
            && let Some(meter) = &clock.meter
        {
            let each_ns = match &mut clock.metered {
                Some(metered) => std::mem::take(&mut metered.timed.each_ns),
                None => std::mem::take(&mut clock.each_ns),
            };
            clock.metered = Some(meter.stop(clock.calls, each_ns));
        }
    }

    /// What the calls have used; nothing without a clock, or before the end.
    pub(crate) fn metered(self) -> Option<Metered> {
        self.clock?.metered
    }
}

impl Clocked {
    /// How many calls there are until the next look at the clock; none at the end.
    fn next_calls(&mut self) -> u64 {
        let calls = self.order.calls.max(1);
        match &self.meter {
            None if self.began.elapsed() < self.order.lead => return calls,
            None => {
                self.meter = Some(Meter::start(self.idle));
                self.before = self.now();
            }
            Some(_) if self.metered.is_some() || self.order.duration.is_zero() => return 0,
            Some(meter) if meter.elapsed(self.order.clock) >= self.order.duration => return 0,
            Some(_) => {}
        }
        self.calls += calls;
        calls
    }

    fn now(&self) -> Duration {
        match self.order.clock {
            Clock::Wall => self.began.elapsed(),
            Clock::Processor => process::cpu_time(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that a course has, each of which takes so long.
    fn made(mut course: Course, each: Duration) -> (u64, Option<Metered>) {
        let mut calls = 0;
        while course.goes_on() {
            std::thread::sleep(each);
            course.called();
            calls += 1;
        }
        course.stop();
        (calls, course.metered())
    }

    fn order(calls: u64, lead: Duration, duration: Duration) -> TimeFor {
        TimeFor { calls, lead, duration, clock: Clock::Wall, each: true }
    }

    #[test]
    fn without_a_clock_there_are_as_many_as_asked_for() {
        for calls in [0, 1, 7] {
            let (made, metered) = made(Course::of(calls), Duration::ZERO);
            assert!(made == calls && metered.is_none());
        }
    }

    #[test]
    fn a_block_without_a_duration_is_over_at_its_first_look_at_the_clock() {
        let order = order(3, Duration::ZERO, Duration::ZERO);
        let (made, metered) = made(Course::timed(order, Duration::ZERO), Duration::from_millis(1));
        let timed = metered.expect("it was timed").timed;
        assert_eq!((made, timed.calls, timed.each_ns.len()), (3, 3, 3));
        assert!(timed.each_ns.iter().all(|&each| each >= 1_000_000) && timed.wall_ns >= 3_000_000, "{timed:?}");
    }

    #[test]
    fn what_comes_before_the_clock_runs_does_not_count() {
        let order = order(2, Duration::from_millis(3), Duration::from_millis(5));
        let (made, metered) = made(Course::timed(order, Duration::ZERO), Duration::from_millis(1));
        let timed = metered.expect("it was timed").timed;
        assert!(made > timed.calls && timed.calls.is_multiple_of(2), "{made} made, {timed:?}");
        assert_eq!(timed.each_ns.len() as u64, timed.calls);
    }

    #[test]
    fn a_second_reading_has_the_calls_of_the_first() {
        let mut course = Course::timed(order(1, Duration::ZERO, Duration::ZERO), Duration::ZERO);
        assert!(course.goes_on());
        course.called();
        assert!(!course.goes_on());
        course.stop();
        std::thread::sleep(Duration::from_millis(2));
        assert!(!course.goes_on());
        course.stop();
        let timed = course.metered().expect("it was timed").timed;
        assert!(timed.each_ns.len() == 1 && timed.wall_ns >= 2_000_000, "{timed:?}");
    }
}
