//! Stretches of requests that the service names itself, with `rustworthy.span`.
//!
//! A stretch takes no time from functions: what is in none of those that are recorded belongs to the innermost stretch. From its
//! beginning to its end it has all that passes, what is awaited included. Which stretches a task is in goes with the task from
//! step to step, and to the tasks that it creates.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyList;
use rustworthy_protocol::Spent;

use super::record;

/// Names that are told apart; the stretches of all others share one that is empty.
const NAMES: usize = 50;

/// Characters of a name that are kept.
const LONGEST: usize = 100;

/// Of the Python package: where stretches are told from.
const MODULE: &str = "rustworthy._switch.spans";

/// Hears of stretches from the Python package, and numbers their names.
#[pyclass(module = "rustworthy", frozen)]
#[derive(Debug, Default)]
pub(super) struct Listener {
    names: Mutex<Vec<String>>,
}

impl Listener {
    /// Has the Python package tell `this` of stretches, if the service has loaded it; whether it has. To load it for this would
    /// change the service.
    pub(super) fn listen(this: &Bound<'_, Self>) -> PyResult<bool> {
        let modules = this.py().import("sys")?.getattr("modules")?;
        let module = modules.call_method1("get", (MODULE,))?;
        if module.is_none() {
            return Ok(false);
        }
        module.getattr("listeners")?.cast_into::<PyList>()?.append(this)?;
        Ok(true)
    }

    /// Names of stretches by their number.
    pub(super) fn names(&self) -> Vec<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn number(&self, name: &str) -> usize {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &name[..name.char_indices().nth(LONGEST).map_or(name.len(), |(end, _)| end)];
        let kept = if names.len() < NAMES || names[..NAMES].iter().any(|known| known == kept) { kept } else { "" };
        names.iter().position(|known| known == kept).unwrap_or_else(|| {
            names.push(kept.to_owned());
            names.len() - 1
        })
    }
}

#[pymethods]
impl Listener {
    /// A stretch begins. Returns what tells it from others at its end; nothing where this thread answers no request.
    fn begins(&self, name: &str) -> Option<(u64, usize)> {
        record::begin_stretch(|| self.number(name))
    }

    /// It ends. One that began in a request which is over ended with that.
    #[pyo3(signature = (begun))]
    fn ends(&self, begun: Option<(u64, usize)>) {
        if let Some((request, number)) = begun {
            record::end_stretch(request, number);
        }
    }
}

/// The stretches of one request.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    /// By their number.
    all: Vec<Stretch>,
    /// Those that the task which runs is in, the innermost last.
    active: Vec<usize>,
}

/// What stretches of one name have taken.
#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    calls: u32,
    /// How many have begun and not ended.
    open: u32,
    entered: i64,
    taken_before: i64,
    /// From the beginning to the end, whoever ran meanwhile.
    wall: i64,
    /// On the processor in it and in all that it calls.
    ran: i64,
    exclusive: i64,
    asleep: i64,
}

impl Stretch {
    /// Ends all of them, where recording and the garbage collector have taken so much since the request began.
    fn close(&mut self, now: i64, taken: i64) {
        self.open = 0;
        self.wall += now - self.entered - (taken - self.taken_before);
    }
}

impl Stretches {
    /// Forgets all for another request.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.active.clear();
    }

    /// One begins at this time.
    pub(super) fn begin(&mut self, number: usize, now: i64, taken: i64) {
        if number >= self.all.len() {
            self.all.resize(number + 1, Stretch::default());
        }
        let stretch = &mut self.all[number];
        stretch.calls += 1;
        stretch.open += 1;
        if stretch.open == 1 {
            (stretch.entered, stretch.taken_before) = (now, taken);
        }
        self.active.push(number);
    }

    /// One of that number ends, in whatever order.
    pub(super) fn end(&mut self, number: usize, now: i64, taken: i64) {
        if let Some(place) = self.active.iter().rposition(|&active| active == number) {
            self.active.remove(place);
        }
        match self.all.get_mut(number) {
            Some(stretch) if stretch.open > 1 => stretch.open -= 1,
            Some(stretch) if stretch.open == 1 => stretch.close(now, taken),
            _ => {}
        }
    }

    /// Ends what is still open when the request is over.
    pub(super) fn end_all(&mut self, now: i64, taken: i64) {
        self.all.iter_mut().filter(|stretch| stretch.open > 0).for_each(|stretch| stretch.close(now, taken));
        self.active.clear();
    }

    /// Counts time on the processor to all that it passed in.
    pub(super) fn ran(&mut self, nanoseconds: i64) {
        for (place, &number) in self.active.iter().enumerate() {
            if !self.active[..place].contains(&number) && self.all[number].open > 0 {
                self.all[number].ran += nanoseconds;
            }
        }
    }

    /// Counts time that is no function's to the innermost, and sleep apart; whether there is one.
    pub(super) fn own(&mut self, exclusive: i64, asleep: i64) -> bool {
        // One that has ended elsewhere may still be among those of this task.
        let Some(&number) = self.active.iter().rfind(|&&number| self.all[number].open > 0) else { return false };
        self.all[number].exclusive += exclusive;
        self.all[number].asleep += asleep;
        true
    }

    /// Which the task that runs is in.
    pub(super) fn active(&self) -> &[usize] {
        &self.active
    }

    /// Another task runs, which is in these; `active` has those of the one before.
    pub(super) fn swap(&mut self, active: &mut Vec<usize>) {
        std::mem::swap(&mut self.active, active);
        // A task may have been created in those of another request.
        self.active.retain(|&number| number < self.all.len());
    }

    /// What they have taken, numbered from `first` on.
    pub(super) fn spent(&self, first: usize) -> impl Iterator<Item = Spent> {
        self.all.iter().enumerate().filter(|(_, stretch)| stretch.calls > 0).map(move |(number, stretch)| Spent {
            function: (first + number) as u32,
            calls: stretch.calls,
            exclusive_ns: stretch.exclusive.max(0) as u64,
            inclusive_ns: stretch.wall.max(0) as u64,
            asleep_ns: stretch.asleep.max(0) as u64,
            asleep_inclusive_ns: (stretch.wall - stretch.ran).max(0) as u64,
            callers: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stretches: &Stretches, number: u32) -> (u32, u64, u64, u64) {
        let spent = stretches.spent(0).find(|spent| spent.function == number).unwrap();
        (spent.calls, spent.inclusive_ns, spent.asleep_inclusive_ns, spent.exclusive_ns)
    }

    #[test]
    fn stretches_end_in_any_order() {
        let mut stretches = Stretches::default();
        stretches.begin(0, 0, 0);
        stretches.begin(1, 10, 0);
        stretches.end(0, 30, 0);
        assert!(stretches.own(5, 0));
        stretches.end(1, 60, 0);
        assert!(!stretches.own(5, 0));
        // Its end was told already.
        stretches.end(1, 70, 0);
        assert_eq!((of(&stretches, 0), of(&stretches, 1)), ((1, 30, 30, 0), (1, 50, 50, 5)));
    }

    #[test]
    fn within_one_of_the_same_name_time_counts_once() {
        let mut stretches = Stretches::default();
        stretches.begin(0, 0, 0);
        stretches.begin(0, 10, 0);
        stretches.ran(7);
        stretches.end(0, 20, 0);
        stretches.end_all(50, 10);
        assert_eq!(of(&stretches, 0), (2, 40, 33, 0));
    }

    #[test]
    fn each_task_has_its_own_and_those_it_was_created_in() {
        let mut stretches = Stretches::default();
        stretches.begin(0, 0, 0);
        let mut child = stretches.active().to_vec();
        let mut parent = Vec::new();
        stretches.swap(&mut parent);
        // Nothing runs in between.
        assert!(!stretches.own(1, 0));
        stretches.swap(&mut child);
        stretches.begin(1, 10, 0);
        assert!(stretches.own(3, 0));
        stretches.ran(3);
        stretches.end(1, 20, 0);
        assert!(stretches.own(4, 0));
        stretches.swap(&mut child);
        stretches.swap(&mut parent);
        stretches.end(0, 30, 0);
        stretches.swap(&mut parent);
        stretches.swap(&mut child);
        assert!(!stretches.own(1, 0), "a task that outlives the stretch it was created in");
        assert_eq!((of(&stretches, 0), of(&stretches, 1)), ((1, 30, 27, 4), (1, 10, 7, 3)));
    }

    #[test]
    fn names_are_bounded_in_number_and_length() {
        let listener = Listener::default();
        let long = "é".repeat(2 * LONGEST);
        assert_eq!(
            (listener.number(&long), listener.number(&long[..2 * LONGEST]), listener.number("parse")),
            (0, 0, 1)
        );
        for number in 0..2 * NAMES {
            listener.number(&number.to_string());
        }
        assert_eq!(
            (listener.names().len(), listener.number("parse"), listener.number("another")),
            (NAMES + 1, 1, NAMES)
        );
        assert_eq!(listener.names().last().map(String::as_str), Some(""));
    }
}
