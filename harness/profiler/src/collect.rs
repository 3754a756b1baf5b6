//! From samples to stacks and shares.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;

use nix::unistd::Pid;
use rustworthy_model::profile::{self, Frame, Function, Kind, KindShare, Sample, Samples, Stacks, Wait};

use super::merge::{Detail, ThreadStacks, merge};
use super::native::{Owner, Symbol, Symbols, Unwinder};
use super::python::without_hosting;
use super::sampler::{RawThread, SamplerEvent};
use super::state::wait_in;
use rustworthy_stats::{Confidence, Slice, share};

/// Slices of time that shares are compared between.
const SLICES: usize = 40;

/// Functions that were seen in fewer of the samples than this share aren't listed; graphs have them all.
const SEEN: f64 = 0.001;

/// Most functions that are listed.
const MOST: usize = 400;

/// What was collected of a target.
pub(super) struct Collected {
    pub(super) stacks: Stacks,
    pub(super) samples: Samples,
    pub(super) python: Option<String>,
    pub(super) threads: Vec<profile::Thread>,
    /// What the innermost code was, and how often, in each slice of time.
    moments: Vec<ThreadActivity>,
    /// Stacks of threads that run Python of another interpreter than the main one.
    pub(super) of_others: u64,
    /// Stacks of threads without Python, where those aren't shown.
    pub(super) not_shown: u64,
    /// Times that the target became another program.
    pub(super) became_another: u64,
    /// Most children that it had at a time.
    pub(super) children: usize,
}

/// What one thread did at one moment.
struct ThreadActivity {
    at: f64,
    kind: Kind,
    detail: Option<String>,
}

/// Collects samples until the sampler ends.
pub(super) struct Collector {
    unwinder: Unwinder,
    symbols: Symbols,
    detail: Detail,
    idle: bool,
    places: HashMap<Pid, usize>,
    collected: Collected,
}

impl Collector {
    pub(super) fn new(pid: Pid, interval: f64, detail: Detail, idle: bool) -> Self {
        Self {
            unwinder: Unwinder::new(pid),
            symbols: Symbols::default(),
            detail,
            idle,
            places: HashMap::new(),
            collected: Collected {
                stacks: Stacks::new(interval),
                samples: Samples::default(),
                python: None,
                threads: Vec::new(),
                moments: Vec::new(),
                of_others: 0,
                not_shown: 0,
                became_another: 0,
                children: 0,
            },
        }
    }

    /// Collects until the sampler has ended.
    pub(super) fn collect(mut self, events: &Receiver<SamplerEvent>) -> Collected {
        for event in events {
            match event {
                SamplerEvent::Python(major, minor) => self.collected.python = Some(format!("{major}.{minor}")),
                SamplerEvent::Sample(threads, at) => {
                    self.collected.samples.taken += 1;
                    threads.iter().for_each(|thread| self.add(thread, at));
                }
                SamplerEvent::Failed => {
                    self.collected.samples.taken += 1;
                    self.collected.samples.failed += 1;
                }
                SamplerEvent::Late(missed) => self.collected.samples.late += missed,
                SamplerEvent::Another => {
                    self.collected.became_another += 1;
                    self.symbols.clear();
                }
                SamplerEvent::Children(children) => self.collected.children = self.collected.children.max(children),
            }
        }
        self.collected
    }

    fn add(&mut self, thread: &RawThread, at: f64) {
        let (native, is_whole) = self.native(thread);
        let is_foreign = !thread.is_python && native.iter().any(|symbol| symbol.owner == Owner::Loop);
        self.collected.of_others += u64::from(is_foreign);
        let (python, entries_outside) = without_hosting(&thread.python);
        if python.is_empty() && self.detail == Detail::Libraries {
            self.collected.not_shown += u64::from(!thread.is_python && !is_foreign && thread.is_running);
            return;
        }
        let waits = waits_for(thread, &native);
        let merged = merge(&ThreadStacks { python, entries_outside, native: &native, is_whole, waits }, self.detail);
        if merged.frames.is_empty() {
            return;
        }
        let samples = &mut self.collected.samples;
        samples.truncated += u64::from(!is_whole && thread.snapshot.is_some());
        samples.mismatched += u64::from(!merged.matches);
        let place = self.place(thread);
        let seen = &mut self.collected.threads[place];
        match waits {
            Some(_) => {
                (seen.waiting, self.collected.samples.waiting) = (seen.waiting + 1, self.collected.samples.waiting + 1)
            }
            None => (seen.active, self.collected.samples.active) = (seen.active + 1, self.collected.samples.active + 1),
        }
        self.collected.moments.push(ThreadActivity { at, kind: merged.kind, detail: merged.detail });
        if waits.is_none() || self.idle {
            let stack = self.collected.stacks.stack(merged.frames);
            self.collected.stacks.samples.push(Sample { at, thread: place, stack, waits: waits.is_some() });
        }
    }

    /// The native functions of a thread, the innermost first, and whether the outermost was reached.
    fn native(&mut self, thread: &RawThread) -> (Vec<Symbol>, bool) {
        let Some(snapshot) = &thread.snapshot else { return (Vec::new(), false) };
        let (addresses, is_whole) = self.unwinder.unwind(snapshot);
        let symbols = addresses.into_iter().map(|address| self.symbols.at(address, self.unwinder.image(address)));
        (symbols.flat_map(|symbols| symbols.to_vec()).collect(), is_whole)
    }

    /// The index of a thread, which may get its name later than its first sample.
    fn place(&mut self, thread: &RawThread) -> usize {
        let Collected { threads, stacks, .. } = &mut self.collected;
        let place = *self.places.entry(thread.id).or_insert_with(|| {
            threads.push(profile::Thread { name: thread.id.to_string(), active: 0, waiting: 0 });
            stacks.threads.push(thread.id.to_string());
            threads.len() - 1
        });
        if let Some(name) = &thread.name
            && !threads[place].name.starts_with(name.as_str())
        {
            let name = format!("{name} ({})", thread.id);
            stacks.threads[place].clone_from(&name);
            threads[place].name = name;
        }
        place
    }
}

/// What a thread waits for; `None` of one that is at work.
fn waits_for(thread: &RawThread, native: &[Symbol]) -> Option<Wait> {
    // Its state when it was stopped overrides the state that was read a moment earlier; but the end of
    // a sleep that can't be broken off looks like work.
    let snapshot = thread.snapshot.as_ref()?;
    let call = snapshot.call.filter(|_| snapshot.slept || !thread.is_running)?;
    let is_gil =
        native.iter().take_while(|symbol| symbol.owner != Owner::Loop).any(|symbol| symbol.owner == Owner::Gil);
    Some(if is_gil && !thread.owns_gil { Wait::Gil } else { wait_in(call) })
}

impl Collected {
    /// Shares of what the innermost code was, largest first: waiting of all samples, the others of those at work.
    pub(super) fn kinds(&self, seconds: f64, confidence: Confidence) -> Vec<KindShare> {
        let slice = |moment: &ThreadActivity| slice_of(moment.at, seconds);
        let (mut all, mut active) = (vec![0; SLICES], vec![0; SLICES]);
        let mut seen: HashMap<(Kind, Option<&str>), Vec<u64>> = HashMap::new();
        for moment in &self.moments {
            all[slice(moment)] += 1;
            active[slice(moment)] += u64::from(moment.kind != Kind::Waiting);
            let counts = seen.entry((moment.kind, moment.detail.as_deref())).or_insert_with(|| vec![0; SLICES]);
            counts[slice(moment)] += 1;
        }
        let mut shares: Vec<KindShare> = seen
            .into_iter()
            .filter_map(|((kind, detail), seen)| {
                let share = share_of(&seen, if kind == Kind::Waiting { &all } else { &active }, confidence)?;
                Some(KindShare { kind, detail: detail.map(str::to_owned), share })
            })
            .collect();
        shares.sort_by(|one, other| {
            let key = |share: &KindShare| (share.kind, -share.share.estimate);
            key(one).partial_cmp(&key(other)).unwrap_or(std::cmp::Ordering::Equal).then(one.detail.cmp(&other.detail))
        });
        shares
    }

    /// Functions by their own share.
    pub(super) fn functions(&self, seconds: f64, confidence: Confidence) -> Vec<Function> {
        let stacks = &self.stacks;
        let mut all = vec![0; SLICES];
        let [mut own, mut total] = [(); 2].map(|()| vec![vec![0; SLICES]; stacks.frames().len()]);
        let mut last_seen = vec![usize::MAX; stacks.frames().len()];
        for (number, sample) in stacks.samples.iter().enumerate() {
            let slice = slice_of(sample.at, seconds);
            all[slice] += 1;
            let frames = stacks.frames_of(sample.stack);
            if let Some(&innermost) = frames.last() {
                own[innermost][slice] += 1;
            }
            for &frame in frames {
                if std::mem::replace(&mut last_seen[frame], number) != number {
                    total[frame][slice] += 1;
                }
            }
        }
        let least = SEEN * stacks.samples.len() as f64;
        let mut functions: Vec<Function> = stacks
            .frames()
            .iter()
            .enumerate()
            .filter(|(place, _)| total[*place].iter().sum::<u64>() as f64 >= least)
            .filter_map(|(place, frame)| {
                let Frame { name, file, line, kind } = frame.clone();
                let self_share = share_of(&own[place], &all, confidence)?;
                let total_share = share_of(&total[place], &all, confidence)?;
                Some(Function { name, file, line, kind, self_share, total_share })
            })
            .collect();
        functions.sort_by(|one, other| {
            let key = |function: &Function| (-function.self_share.estimate, -function.total_share.estimate);
            key(one)
                .partial_cmp(&key(other))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| one.name.cmp(&other.name))
        });
        functions.truncate(MOST);
        functions
    }
}

fn slice_of(at: f64, seconds: f64) -> usize {
    ((at / seconds.max(1e-9) * SLICES as f64) as usize).min(SLICES - 1)
}

fn share_of(seen: &[u64], all: &[u64], confidence: Confidence) -> Option<rustworthy_model::Estimate> {
    let slices: Vec<Slice> = seen.iter().zip(all).map(|(&seen, &all)| Slice { seen, all }).collect();
    share(&slices, confidence)
}
