//! Doing things that don't depend on each other side by side, before anything is measured.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use crate::context::{Context, Notice};
use crate::python::Progress;
use crate::workers::allowed_cpus;

/// What takes less than that is told in passing alone.
const LONG: Duration = Duration::from_secs(1);

/// What a thread tells of a thing.
enum Told<T> {
    Begun,
    Provides(Progress),
    Done(T),
}

/// Does the same with each of these things, with as many at a time as there are processors, and tells what is going on and how
/// much is left. The results are in the order of the things; each has a name to be told by. `work` is given a way to tell how an
/// environment is provided.
pub(crate) fn side_by_side<K: Sync, T: Send>(
    context: &Context<'_>,
    doing: &str,
    things: &[(String, K)],
    work: impl Fn(&K, &mut dyn FnMut(Progress)) -> T + Sync,
) -> Vec<T> {
    let mut results: Vec<Option<T>> = things.iter().map(|_| None).collect();
    let names = things.iter().map(|(name, _)| name.as_str()).collect();
    let mut board = Board { doing, left: things.len(), under_way: BTreeMap::new(), names };
    let (next, work) = (&AtomicUsize::new(0), &work);
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        for _ in 0..allowed_cpus().len().min(things.len()) {
            let sender = sender.clone();
            scope.spawn(move || {
                // Somebody listens until all threads have ended.
                let tell = |place: usize, told| drop(sender.send((place, told)));
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, thing)) = things.get(place) else { break };
                    tell(place, Told::Begun);
                    let result = work(thing, &mut |progress| tell(place, Told::Provides(progress)));
                    tell(place, Told::Done(result));
                }
            });
        }
        drop(sender);
        for (place, told) in receiver {
            match told {
                Told::Begun => board.begin(context, place),
                Told::Provides(progress) => context.tell(Notice::Environment(&progress)),
                Told::Done(result) => {
                    results[place] = Some(result);
                    board.end(context, place);
                }
            }
        }
    });
    results.into_iter().flatten().collect()
}

/// What is under way, for whoever watches.
struct Board<'a> {
    doing: &'a str,
    names: Vec<&'a str>,
    /// With when each was begun.
    under_way: BTreeMap<usize, Instant>,
    left: usize,
}

impl Board<'_> {
    fn begin(&mut self, context: &Context<'_>, place: usize) {
        self.under_way.insert(place, Instant::now());
        self.show(context);
    }

    fn end(&mut self, context: &Context<'_>, place: usize) {
        self.left -= 1;
        let Self { doing, names, left, .. } = self;
        // What is at hand already isn't worth a line.
        if self.under_way.remove(&place).is_some_and(|begun| begun.elapsed() >= LONG) {
            context.tell(Notice::Step(format!("{doing}: {} is done, {left} of {} left", names[place], names.len())));
            self.show(context);
        }
    }

    fn show(&self, context: &Context<'_>) {
        if self.under_way.is_empty() {
            return;
        }
        let names: Vec<&str> = self.under_way.keys().map(|&place| self.names[place]).collect();
        let waiting = match self.left - names.len() {
            0 => String::new(),
            waiting => format!("; {waiting} more to come"),
        };
        context.tell(Notice::Detail(format!("{}: {}{waiting}", self.doing, names.join(", "))));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::host::Host;

    /// Results, and what is told: in passing, and for everybody.
    fn told<T: Send>(names: usize, work: impl Fn(&usize) -> T + Sync) -> (Vec<T>, [Vec<String>; 2]) {
        let host = Host::new(None).unwrap();
        let told = RefCell::new([Vec::new(), Vec::new()]);
        let listener = |notice: Notice<'_>| match notice {
            Notice::Detail(text) => told.borrow_mut()[0].push(text),
            Notice::Step(text) => told.borrow_mut()[1].push(text),
            _ => {}
        };
        let context = Context { listener: &listener, ..Context::quiet(&host) };
        let things: Vec<(String, usize)> = (0..names).map(|number| (format!("n{number}"), number)).collect();
        let results = side_by_side(&context, "doubling", &things, |number, _| work(number));
        (results, told.into_inner())
    }

    #[test]
    fn results_are_in_the_order_of_the_things() {
        assert_eq!(told(5, |number| 2 * number).0, [0, 2, 4, 6, 8]);
        assert!(told(0, |number| 2 * number).0.is_empty());
    }

    #[test]
    fn what_is_under_way_and_what_is_left_is_told() {
        let (_, [passing, steps]) = told(3, |number| {
            if *number == 2 {
                thread::sleep(LONG);
            }
        });
        assert_eq!(passing[0], "doubling: n0; 2 more to come");
        assert!(steps.iter().any(|step| step == "doubling: n2 is done, 0 of 3 left"), "{steps:?}");
    }
}
