//! The time that functions spend in a request, recorded exactly for a few functions, by each server for itself.
//!
//! A function has the time from its call to its end, except that of other functions that are recorded: its exclusive time.
//! Inclusive time has these too, but no pauses of the garbage collector, which come when they're due, whoever runs then.
//! What the recording itself takes within a call and around it is known from calls of a function that does nothing, and
//! taken off.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(target_os = "linux")]
use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use rustworthy_protocol::Spent;

use super::spans::Stretches;

/// After how many nanoseconds within one function the processor time is read, which takes a system call: so
/// many that the call adds less than a per cent.
pub(super) const LONG: i64 = 50_000;

/// The same for services with many shorter sleeps.
pub(super) const SHORT: i64 = 5_000;

/// Time off the processor, in nanoseconds, that isn't counted as sleep: the two clocks aren't read at the same time.
pub(super) const NO_SLEEP: i64 = 2_000;

/// The number of the request that was begun last, whichever server has it.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static RECORDER: Cell<*mut Recorder> = const { Cell::new(ptr::null_mut()) };
}

/// Nanoseconds that recording a call takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Between the two readings of the clock; this time is charged to the function.
    pub(super) within: i64,
    /// Before and after them; this time is charged to its caller.
    pub(super) around: i64,
}

/// What one server keeps of the request that it handles.
#[derive(Debug)]
pub(super) struct Recorder {
    slots: Vec<Slot>,
    /// Slots by who has called whom; the first is that of the request itself.
    stack: Vec<usize>,
    /// Up to this time, in nanoseconds, all time is attributed.
    until: i64,
    /// Processor time when the request began, or went on.
    began: i64,
    /// Processor time that it had used when it was last put aside.
    used: i64,
    is_running: bool,
    /// When the processor time was last read, and its value then.
    asked: (i64, i64),
    /// How often the thread had given the processor up by itself when it was last seen to have been off one.
    waits: Option<i64>,
    /// After how many nanoseconds within one function it is read again.
    asks_after: i64,
    /// What recording and the garbage collector have taken since the request began.
    taken: i64,
    /// What was slept since the request began.
    slept: i64,
    /// Slots that are on the stack, a bit for each of the first of them.
    active: u64,
    /// Stretches that the service names itself.
    stretches: Stretches,
    /// The number of the request, by which stretches are known that began in another one.
    request: u64,
    cost: Cost,
}

/// What a function has spent.
#[derive(Debug, Clone, Copy)]
struct Slot {
    calls: u32,
    /// How often it is on the stack.
    depth: u32,
    entered: i64,
    taken_before: i64,
    slept_before: i64,
    exclusive: i64,
    inclusive: i64,
    asleep: i64,
    asleep_inclusive: i64,
    /// Slots that were on the stack at every call.
    callers: u64,
}

impl Slot {
    const UNUSED: Self = Self {
        calls: 0,
        depth: 0,
        entered: 0,
        taken_before: 0,
        slept_before: 0,
        exclusive: 0,
        inclusive: 0,
        asleep: 0,
        asleep_inclusive: 0,
        callers: u64::MAX,
    };
}

/// The bit of a slot; none where there are more slots than bits.
fn bit(slot: usize) -> u64 {
    1_u64.checked_shl(slot as u32).unwrap_or(0)
}

impl Recorder {
    /// A recorder of that number of functions; their slots are followed by that of the garbage collector and that of
    /// the request itself. Sleep is recorded for stretches of so many nanoseconds and more.
    pub(super) fn new(functions: usize, cost: Cost, asks_after: i64) -> Self {
        let slots = vec![Slot::UNUSED; functions + 2];
        Self {
            slots,
            stack: Vec::with_capacity(64),
            until: 0,
            began: 0,
            used: 0,
            is_running: false,
            asked: (0, 0),
            waits: None,
            asks_after,
            taken: 0,
            slept: 0,
            active: 0,
            stretches: Stretches::default(),
            request: 0,
            cost,
        }
    }

    /// The slot of the garbage collector.
    fn collector(&self) -> usize {
        self.slots.len() - 2
    }

    /// The slot of the request itself.
    fn own(&self) -> usize {
        self.slots.len() - 1
    }

    /// Begins a request at this time.
    pub(super) fn begin(&mut self, now: u64) {
        self.slots.fill(Slot::UNUSED);
        self.stack.clear();
        self.stack.push(self.own());
        self.until = now as i64;
        self.began = cpu();
        self.used = 0;
        self.is_running = true;
        self.asked = (now as i64, self.began);
        self.waits = waits();
        self.taken = 0;
        self.slept = 0;
        self.active = 0;
        self.stretches.clear();
        self.request = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
    }

    /// Puts a request aside that has begun and doesn't run yet.
    pub(super) fn pause_at_beginning(&mut self) {
        self.is_running = false;
    }

    /// Puts the request aside at this time: what passes until it goes on is no part of any function.
    pub(super) fn pause(&mut self, now: i64) {
        self.give(now);
        self.used += cpu() - self.began;
        self.is_running = false;
    }

    /// Goes on with the request.
    pub(super) fn resume(&mut self) {
        let now = now() as i64;
        if self.stack.len() > 1 {
            self.taken += now - self.until;
        }
        self.until = now;
        self.began = cpu();
        self.asked = (now, self.began);
        self.waits = waits();
        self.is_running = true;
    }

    /// Ends the request at this time. Returns the time spent in each function that was called, then that in stretches, and the
    /// processor time.
    pub(super) fn end(&mut self, now: u64) -> (Vec<Spent>, u64) {
        // Functions that are still on the stack were ended by an exception.
        while self.stack.len() > 1 {
            self.leave_at(now as i64);
        }
        if self.is_running {
            self.pause(now as i64);
        }
        self.stretches.end_all(now as i64, self.taken);
        let (own, slept) = (self.own(), self.slept);
        let spent = |(function, slot): (usize, &Slot)| Spent {
            function: function as u32,
            calls: slot.calls,
            exclusive_ns: slot.exclusive.max(0) as u64,
            inclusive_ns: slot.inclusive.max(0) as u64,
            asleep_ns: slot.asleep.max(0) as u64,
            asleep_inclusive_ns: if function == own { slept } else { slot.asleep_inclusive } as u64,
            callers: slot.callers,
        };
        let used = |(_, slot): &(usize, &Slot)| slot.calls > 0 || slot.exclusive > 0 || slot.asleep > 0;
        let spent = self.slots.iter().enumerate().filter(used).map(spent);
        (spent.chain(self.stretches.spent(self.slots.len())).collect(), self.used.max(0) as u64)
    }

    fn enter(&mut self, function: usize, is_call: bool) {
        let now = now() as i64;
        self.give(now);
        self.stack.push(function);
        let (taken, slept, active) = (self.taken, self.slept, self.active);
        let slot = &mut self.slots[function];
        slot.calls += u32::from(is_call);
        slot.depth += 1;
        if slot.depth == 1 {
            slot.entered = now;
            slot.taken_before = taken;
            slot.slept_before = slept;
            slot.callers &= active;
            self.active |= bit(function);
        }
    }

    fn leave(&mut self) {
        if self.stack.len() > 1 {
            self.leave_at(now() as i64);
        }
    }

    fn leave_at(&mut self, now: i64) {
        self.give(now);
        let Some(function) = self.stack.pop() else { return };
        let is_collector = function == self.collector();
        self.taken += self.cost.within;
        let slot = &mut self.slots[function];
        slot.exclusive -= self.cost.within;
        slot.depth -= 1;
        if slot.depth == 0 {
            let inclusive = now - slot.entered - (self.taken - slot.taken_before);
            slot.inclusive += inclusive;
            slot.asleep_inclusive += self.slept - slot.slept_before;
            self.active &= !bit(function);
            self.taken += if is_collector { inclusive } else { 0 };
        }
        self.taken += self.cost.around;
        self.charge(-self.cost.around, 0);
        // Its inclusive time is without what it cost to record.
        self.stretches.ran(-(self.cost.within + self.cost.around));
    }

    /// Attributes the time until now to the innermost function, and the sleep in it.
    fn give(&mut self, now: i64) {
        let passed = now - self.until;
        self.until = now;
        let Some(&innermost) = self.stack.last() else { return };
        let asleep = if passed < self.asks_after { 0 } else { self.asleep(now).min(passed) };
        self.charge(passed - asleep, asleep);
        self.slept += asleep;
        if innermost != self.collector() {
            self.stretches.ran(passed - asleep);
        }
    }

    /// Counts time to the innermost function; where that is the request itself, to the innermost stretch of it.
    fn charge(&mut self, exclusive: i64, asleep: i64) {
        let Some(&innermost) = self.stack.last() else { return };
        if innermost != self.own() || !self.stretches.own(exclusive, asleep) {
            self.slots[innermost].exclusive += exclusive;
            self.slots[innermost].asleep += asleep;
        }
    }

    /// The stretches that the task which runs is in.
    pub(super) fn stretches(&self) -> &[usize] {
        self.stretches.active()
    }

    /// Another task runs, which is in these stretches; `active` has those of the one before.
    pub(super) fn swap_stretches(&mut self, active: &mut Vec<usize>) {
        if !(active.is_empty() && self.stretches.active().is_empty()) {
            self.give(now() as i64);
            self.stretches.swap(active);
        }
    }

    /// Nanoseconds off the processor since the last reading, unless the thread only waited for one meanwhile.
    fn asleep(&mut self, now: i64) -> i64 {
        let cpu = cpu();
        let off = (now - self.asked.0) - (cpu - self.asked.1);
        self.asked = (now, cpu);
        if off <= NO_SLEEP {
            return 0;
        }
        let waits = waits();
        if std::mem::replace(&mut self.waits, waits) == waits && waits.is_some() { 0 } else { off }
    }
}

/// Makes a recorder that of the calling thread for as long as this lives.
pub(super) struct Recording(Box<Recorder>);

impl Recording {
    pub(super) fn new(recorder: Recorder) -> Self {
        let mut recorder = Box::new(recorder);
        RECORDER.set(&raw mut *recorder);
        Self(recorder)
    }

    pub(super) fn recorder(&mut self) -> &mut Recorder {
        // What the thread keeps has to be made of the reference that is used last.
        RECORDER.set(&raw mut *self.0);
        &mut self.0
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        RECORDER.set(ptr::null_mut());
    }
}

/// Makes a recorder that of the calling thread for as long as this lives; then it's again the one that was before.
pub(super) struct Running(*mut Recorder);

impl Running {
    /// The recorder must not be used otherwise meanwhile, and has to outlive this.
    pub(super) fn of(recorder: &mut Recorder) -> Self {
        Self(RECORDER.replace(recorder))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RECORDER.set(self.0);
    }
}

/// Called when a function is entered or resumed, in a thread that may be a server's.
#[inline]
pub(super) fn enter(function: usize, is_call: bool) {
    // SAFETY: it's the thread's own, and alive as long as it's set; nobody else refers to it while foreign code runs.
    if let Some(recorder) = unsafe { RECORDER.get().as_mut() } {
        recorder.enter(function, is_call);
    }
}

/// Called when it has returned, raised, or is suspended.
#[inline]
pub(super) fn leave() {
    // SAFETY: as above.
    if let Some(recorder) = unsafe { RECORDER.get().as_mut() } {
        recorder.leave();
    }
}

/// Called when a stretch begins, whose number is asked for only in a thread that answers a request; the number of the request and
/// that of the stretch.
pub(super) fn begin_stretch(number: impl FnOnce() -> usize) -> Option<(u64, usize)> {
    // SAFETY: as above; what numbers it refers to no recorder.
    let recorder = unsafe { RECORDER.get().as_mut() }?;
    let (now, number) = (now() as i64, number());
    recorder.give(now);
    recorder.stretches.begin(number, now, recorder.taken);
    Some((recorder.request, number))
}

/// Called when it has ended, wherever that is.
pub(super) fn end_stretch(request: u64, number: usize) {
    // SAFETY: as above.
    if let Some(recorder) = unsafe { RECORDER.get().as_mut() }.filter(|recorder| recorder.request == request) {
        let now = now() as i64;
        recorder.give(now);
        recorder.stretches.end(number, now, recorder.taken);
    }
}

/// The stretches in which the calling thread is.
pub(super) fn stretches() -> Vec<usize> {
    // SAFETY: as above.
    unsafe { RECORDER.get().as_ref() }.map_or_else(Vec::new, |recorder| recorder.stretches().to_vec())
}

/// Nanoseconds of the monotonic clock, which all processes of a machine share.
pub(super) fn now() -> u64 {
    nanoseconds(ClockId::CLOCK_MONOTONIC)
}

fn cpu() -> i64 {
    nanoseconds(ClockId::CLOCK_THREAD_CPUTIME_ID) as i64
}

/// How often the calling thread has given the processor up, to sleep or to wait for something; `None` where the system doesn't tell.
fn waits() -> Option<i64> {
    #[cfg(target_os = "linux")]
    return getrusage(UsageWho::RUSAGE_THREAD).ok().map(|usage| usage.voluntary_context_switches());
    #[cfg(not(target_os = "linux"))]
    None
}

fn nanoseconds(clock: ClockId) -> u64 {
    clock_gettime(clock).map_or(0, |time| time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_to_the_innermost_and_sums_up() {
        let mut recorder = Recorder::new(2, Cost::default(), LONG);
        let start = now();
        recorder.begin(start);
        recorder.enter(0, true);
        recorder.enter(1, true);
        recorder.enter(0, true);
        recorder.leave();
        recorder.leave();
        recorder.leave();
        let end = now();
        let (spent, _) = recorder.end(end);
        let sum: u64 = spent.iter().map(|spent| spent.exclusive_ns + spent.asleep_ns).sum();
        assert_eq!(sum, end - start, "{spent:?}");
        let of = |function| spent.iter().find(|spent| spent.function == function).unwrap();
        assert_eq!((of(0).calls, of(1).calls), (2, 1));
        assert!(of(0).inclusive_ns >= of(1).inclusive_ns && of(1).inclusive_ns <= end - start);
    }

    #[test]
    fn pauses_of_the_collector_are_in_no_functions_inclusive_time() {
        let mut recorder = Recorder::new(2, Cost::default(), LONG);
        let collector = recorder.collector();
        let pause = |recorder: &mut Recorder| {
            recorder.enter(collector, true);
            std::thread::sleep(std::time::Duration::from_millis(2));
            recorder.leave();
        };
        let start = now();
        recorder.begin(start);
        recorder.enter(0, true);
        recorder.enter(1, true);
        pause(&mut recorder);
        recorder.leave();
        pause(&mut recorder);
        recorder.leave();
        let end = now();
        let (spent, _) = recorder.end(end);
        let of = |function: usize| spent.iter().find(|spent| spent.function as usize == function).unwrap();
        assert!(of(collector).inclusive_ns >= 4_000_000, "{spent:?}");
        assert!(of(0).inclusive_ns >= of(1).inclusive_ns, "{spent:?}");
        assert!(of(0).inclusive_ns + of(collector).inclusive_ns <= end - start, "{spent:?}");
    }

    #[test]
    fn what_was_broken_off_ends_with_the_request() {
        let mut recorder = Recorder::new(1, Cost::default(), LONG);
        let start = now();
        recorder.begin(start);
        recorder.enter(0, true);
        let end = now();
        let (spent, _) = recorder.end(end);
        assert_eq!(spent.iter().map(|spent| spent.exclusive_ns + spent.asleep_ns).sum::<u64>(), end - start);
        // Nothing is on the stack to be left.
        recorder.begin(end);
        recorder.leave();
    }

    #[test]
    fn a_sleep_is_not_the_functions_own_time() {
        let mut recorder = Recorder::new(1, Cost::default(), LONG);
        recorder.begin(now());
        recorder.enter(0, true);
        std::thread::sleep(std::time::Duration::from_millis(5));
        recorder.leave();
        let (spent, _) = recorder.end(now());
        let own = spent.iter().find(|spent| spent.function == 0).unwrap();
        assert!(own.asleep_ns >= 4_000_000 && own.inclusive_ns >= own.asleep_ns, "{spent:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn waiting_for_a_processor_is_no_sleep() {
        let mut recorder = Recorder::new(1, Cost::default(), LONG);
        let cpu = nix::sched::sched_getcpu().unwrap();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let spent = std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    stay_on(cpu);
                    while !is_over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let recorded = scope.spawn(|| {
                let _guard = SetAtTheEnd(&is_over);
                stay_on(cpu);
                recorder.begin(now());
                recorder.enter(0, true);
                let start = super::cpu();
                while super::cpu() - start < 20_000_000 {}
                recorder.leave();
                recorder.end(now()).0
            });
            recorded.join().unwrap()
        });
        let own = spent.iter().find(|spent| spent.function == 0).unwrap();
        assert!(own.asleep_ns == 0 && own.exclusive_ns >= 20_000_000, "{spent:?}");
    }

    /// A flag that is set however the scope ends, a panic included: who waits for it waits for no more than that.
    #[cfg(target_os = "linux")]
    struct SetAtTheEnd<'a>(&'a std::sync::atomic::AtomicBool);

    #[cfg(target_os = "linux")]
    impl Drop for SetAtTheEnd<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[cfg(target_os = "linux")]
    fn stay_on(cpu: usize) {
        let mut only = nix::sched::CpuSet::new();
        only.set(cpu).unwrap();
        nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &only).unwrap();
    }

    #[test]
    fn a_sleep_belongs_to_all_that_wait_for_it() {
        let mut recorder = Recorder::new(3, Cost::default(), LONG);
        recorder.begin(now());
        recorder.enter(0, true);
        recorder.enter(1, true);
        std::thread::sleep(std::time::Duration::from_millis(5));
        recorder.leave();
        recorder.leave();
        recorder.enter(2, true);
        recorder.leave();
        let (spent, _) = recorder.end(now());
        let of = |function| spent.iter().find(|spent| spent.function == function).unwrap();
        assert!(of(0).asleep_ns < 1_000_000 && of(1).asleep_ns >= 4_000_000, "{spent:?}");
        assert_eq!(of(0).asleep_inclusive_ns, of(1).asleep_inclusive_ns, "{spent:?}");
        assert_eq!(of(2).asleep_inclusive_ns, 0, "{spent:?}");
        // The request itself has slept as long as all of it.
        assert_eq!(of(4).asleep_inclusive_ns, spent.iter().map(|spent| spent.asleep_ns).sum::<u64>());
    }

    #[test]
    fn what_passes_while_a_request_is_put_aside_belongs_to_nobody() {
        let mut recorder = Recorder::new(1, Cost::default(), LONG);
        let start = now();
        recorder.begin(start);
        recorder.pause_at_beginning();
        std::thread::sleep(std::time::Duration::from_millis(3));
        for _ in 0..2 {
            recorder.resume();
            recorder.enter(0, true);
            recorder.leave();
            recorder.pause(now() as i64);
            std::thread::sleep(std::time::Duration::from_millis(3));
        }
        recorder.resume();
        let end = now();
        let (spent, cpu) = recorder.end(end);
        let all: u64 = spent.iter().map(|spent| spent.exclusive_ns + spent.asleep_ns).sum();
        assert!(all + 9_000_000 <= end - start && cpu <= all + NO_SLEEP as u64 * 3, "{spent:?}, {cpu}");
    }

    #[test]
    fn a_stretch_has_what_is_no_functions_and_takes_nothing_from_functions() {
        let mut recorder = Recorder::new(1, Cost::default(), LONG);
        let a_while = std::time::Duration::from_millis(3);
        let start = now();
        recorder.begin(start);
        recorder.stretches.begin(0, start as i64, 0);
        std::thread::sleep(a_while);
        recorder.enter(0, true);
        std::thread::sleep(a_while);
        recorder.leave();
        let begun = now() as i64;
        recorder.give(begun);
        recorder.stretches.end(0, begun, recorder.taken);
        std::thread::sleep(a_while);
        let end = now();
        let (spent, _) = recorder.end(end);
        // After the function come the garbage collector, the request itself and the stretch.
        let of = |number| *spent.iter().find(|spent| spent.function == number).unwrap();
        assert!([0, 2, 3].iter().all(|&number| of(number).asleep_ns >= 2_900_000), "{spent:?}");
        assert!(of(3).inclusive_ns >= 6_000_000 && of(3).asleep_inclusive_ns >= 5_500_000, "{spent:?}");
        let sum: u64 = spent.iter().map(|spent| spent.exclusive_ns + spent.asleep_ns).sum();
        assert_eq!(sum, end - start, "{spent:?}");
    }

    #[test]
    fn who_is_called_by_whom_alone_is_known() {
        let mut recorder = Recorder::new(3, Cost::default(), LONG);
        recorder.begin(now());
        let call = |recorder: &mut Recorder, stack: &[usize]| {
            stack.iter().for_each(|&function| recorder.enter(function, true));
            stack.iter().for_each(|_| recorder.leave());
        };
        call(&mut recorder, &[0, 1, 2]);
        call(&mut recorder, &[1, 2]);
        call(&mut recorder, &[0, 1, 1, 2]);
        let (spent, _) = recorder.end(now());
        let callers = |function| spent.iter().find(|spent| spent.function == function).unwrap().callers;
        assert_eq!((callers(0), callers(1), callers(2)), (0, 0, 0b010));
    }
}
