//! Samples of stacks, each stack and each frame kept once.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What code is, or what its thread waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Python, in the interpreter.
    Python,
    /// A native library: a function whose time is there is no candidate for a rewrite.
    Native,
    /// Rust.
    Rust,
    /// Garbage collection.
    Gc,
    /// Waiting, for input and output, a lock or the GIL.
    Waiting,
}

/// What a thread waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// Files, sockets and pipes.
    Io,
    /// A lock, a queue, another thread.
    Lock,
    /// Python's global interpreter lock.
    Gil,
    /// Time to pass.
    Sleep,
    /// Another process.
    Process,
    /// Something else of the system.
    Other,
}

impl Wait {
    /// What is waited for, `the GIL`: the name of its frame.
    pub fn words(self) -> &'static str {
        match self {
            Self::Io => "input or output",
            Self::Lock => "a lock",
            Self::Gil => "the GIL",
            Self::Sleep => "time to pass",
            Self::Process => "a process",
            Self::Other => "the system",
        }
    }
}

/// A function on a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame {
    /// Its name.
    pub name: String,
    /// Its file, or its library.
    pub file: Option<String>,
    /// The line of its definition; where it's native, the one at which it was first seen.
    pub line: Option<u32>,
    /// What it is.
    pub kind: Kind,
}

/// One thread at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Seconds since the sampling began.
    pub at: f64,
    /// Index of the thread.
    pub thread: usize,
    /// Index of the stack.
    pub stack: usize,
    /// Whether the thread waited.
    pub waits: bool,
}

/// All samples of a target, in the order in which they were taken.
#[derive(Debug, Clone, Default)]
pub struct Stacks {
    frames: Vec<Frame>,
    frame_places: HashMap<Frame, usize>,
    stacks: Vec<Vec<usize>>,
    stack_places: HashMap<Vec<usize>, usize>,
    /// Names of the threads.
    pub threads: Vec<String>,
    /// Samples by time.
    pub samples: Vec<Sample>,
    /// Seconds between samples.
    pub interval: f64,
}

impl Stacks {
    /// None yet, of samples that are to be so many seconds apart.
    pub fn new(interval: f64) -> Self {
        Self { interval, ..Self::default() }
    }

    /// Adds a stack, the outermost frame first, and returns its index.
    pub fn stack(&mut self, frames: impl IntoIterator<Item = Frame>) -> usize {
        let stack: Vec<usize> = frames.into_iter().map(|frame| self.frame(frame)).collect();
        if let Some(&place) = self.stack_places.get(&stack) {
            return place;
        }
        self.stacks.push(stack.clone());
        self.stack_places.insert(stack, self.stacks.len() - 1);
        self.stacks.len() - 1
    }

    fn frame(&mut self, frame: Frame) -> usize {
        if let Some(&place) = self.frame_places.get(&frame) {
            return place;
        }
        self.frames.push(frame.clone());
        self.frame_places.insert(frame, self.frames.len() - 1);
        self.frames.len() - 1
    }

    /// All frames that occur.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Indices of the frames of a stack, the outermost first.
    pub fn frames_of(&self, stack: usize) -> &[usize] {
        self.stacks.get(stack).map_or(&[], Vec::as_slice)
    }

    /// How often each stack was seen, by thread where that is asked for; in a fixed order.
    pub fn counts(&self, by_thread: bool) -> Vec<(Option<usize>, usize, u64)> {
        let mut counts: HashMap<(Option<usize>, usize), u64> = HashMap::new();
        for sample in &self.samples {
            *counts.entry((by_thread.then_some(sample.thread), sample.stack)).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().map(|((thread, stack), count)| (thread, stack, count)).collect();
        counts.sort_unstable();
        counts
    }
}
