//! What every use case is given beside its request: the program around it, a listener, and a flag that stops it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustworthy_model::attribution::Attribution;
use rustworthy_model::comparison::{Comparison, Workload};
use rustworthy_model::decision::Decision;
use rustworthy_model::gate::Gate;

use crate::host::Host;
use crate::store::RunFolder;
use crate::{attribution, gate, measure, python};

/// What surrounds a use case.
#[derive(Clone)]
pub struct Context<'a> {
    /// The program that the engine is part of.
    pub host: &'a Host,
    /// Set when the run is to end early. What was measured until then is the result.
    pub cancel: Arc<AtomicBool>,
    /// The command that makes the run again, as results show it.
    pub command: Vec<String>,
    /// Receives notices of the progress.
    pub listener: &'a dyn Fn(Notice<'_>),
    /// Writes a result into the folder of its run, in whatever formats the caller has.
    ///
    /// # Errors
    /// When a file can't be written; the error names it.
    pub save: &'a dyn Fn(&RunFolder, Finding<'_>) -> io::Result<()>,
}

/// A notice of the progress of a use case.
#[derive(Debug)]
pub enum Notice<'a> {
    /// Something isn't as it should be.
    Warning(String),
    /// Something that ends its own part of the run has gone wrong; the rest goes on.
    Failure(String),
    /// Something worth knowing.
    Remark(String),
    /// A step has begun that takes a while.
    Step(String),
    /// A step has begun that is worth showing only in passing.
    Detail(String),
    /// The Python environment is being provided.
    Environment(&'a python::Progress),
    /// A comparison has made progress.
    Measured {
        /// How.
        event: &'a measure::Event,
        /// Whether workloads are measured at more than one size.
        sweeps: bool,
    },
    /// What is known of a workload after one more round of it.
    Standing(&'a Workload),
    /// A gate has made progress.
    Gated {
        /// How.
        event: &'a gate::Event,
        /// How many benchmarks there are.
        benchmarks: usize,
    },
    /// An attribution has made progress.
    Attributed(attribution::AttributeEvent),
}

/// A result, complete or partial.
#[derive(Debug, Clone, Copy)]
pub enum Finding<'a> {
    /// Of `compare`.
    Comparison(&'a Comparison),
    /// Of `attribute`, with samples of usual and of slow requests where there are any.
    Attribution(&'a Attribution, Option<&'a attribution::TailStacks>),
    /// Of `decide`.
    Decision(&'a Decision),
    /// Of `gate`.
    Gate(&'a Gate),
}

impl<'a> Context<'a> {
    /// Nobody listens, and nothing is written but what the engine needs itself.
    pub fn quiet(host: &'a Host) -> Self {
        Self { host, cancel: Arc::default(), command: Vec::new(), listener: &|_| (), save: &|_, _| Ok(()) }
    }
    /// Whether the run is to end early.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    pub(crate) fn tell(&self, notice: Notice<'_>) {
        (self.listener)(notice);
    }

    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.tell(Notice::Warning(text.into()));
    }

    /// Warns of what a Python prints before anything of a project runs in it, if that is anything.
    pub(crate) fn warn_of_start(&self, python: &Path, said: &str) {
        let said = said.trim();
        if !said.is_empty() {
            let python = python.display();
            self.warn(format!(
                "{python}: prints when it starts, by itself or by its start-up files (sitecustomize, usercustomize, .pth):\n{said}"
            ));
        }
    }
}
