//! Answering requests with an interpreter at hand, whoever started that: one request, one reply, until the engine says stop
//! or goes away.

use std::time::{Duration, Instant};

use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;
use pyo3::types::PyTracebackMethods;
use rustworthy_protocol::{
    BoundaryForm, Calibrated, Callable, Clock, CountOrder, OpenRequest, Opened, Reply, Request, ServeRequest, Served,
    Timed,
};

use crate::boundary::Crossing;
use crate::calls::{Calling, Calls};
use crate::control::Control;
use crate::conversation::Conversation;
use crate::count::Counter;
use crate::input::Inputs;
use crate::reads::Reads;
use crate::scenario::Scenario;
use crate::subject::{Function, Output, Subject};
use crate::{count, judge, kernel, lookup, modules, process, timing};

/// The interpreter stays held between requests, so that threads which foreign code leaves behind don't run
/// Python while another contender is timed.
pub(crate) fn serve(py: Python<'_>, conversation: &mut Conversation) {
    let mut worker = Worker {
        py,
        code: None,
        inputs: None,
        subject: None,
        output: None,
        control: None,
        scenario: None,
        reads: None,
        crossing: None,
    };
    while let Some(request) = conversation.receive() {
        if matches!(request, Request::Stop) {
            return;
        }
        let reply = worker.answer(request).unwrap_or_else(|error| Reply::Failed(describe(py, &error)));
        conversation.send(&reply);
    }
}

struct Worker<'py> {
    py: Python<'py>,
    code: Option<Code<'py>>,
    inputs: Option<Inputs<'py>>,
    subject: Option<Subject<'py>>,
    output: Option<Output<'py>>,
    control: Option<Control<'py>>,
    scenario: Option<Scenario>,
    reads: Option<Reads<'py>>,
    /// What stands for the code where that is a boundary. It stays the same whenever calls get another input.
    crossing: Option<Crossing<'py>>,
}

/// A contender's code, once imported.
enum Code<'py> {
    Python(Function<'py>),
    Kernel(&'static kernel::Kernel),
    /// The boundary of a Python function.
    Boundary(Bound<'py, PyAny>, BoundaryForm),
}

impl<'py> Worker<'py> {
    fn answer(&mut self, request: Request) -> PyResult<Reply> {
        Ok(match request {
            Request::Start(_) | Request::Stop => return Err(out_of_order("start or stop")),
            Request::Find(lookups) => Reply::Found(lookup::find(self.py, &lookups)?),
            Request::Make(make) => Reply::Made(Inputs::make(self.py, &make)?),
            Request::Import(callable) => {
                self.code = Some(self.import(&callable)?);
                Reply::Imported
            }
            Request::Load(load) => {
                let inputs = Inputs::new(self.py, load)?;
                self.crossing = self.cross(&inputs)?;
                self.subject = Some(self.prepare(&inputs, self.crossing.as_ref())?);
                self.inputs = Some(inputs);
                process::settle(self.py)?;
                process::forget_idling();
                Reply::Loaded
            }
            Request::Open(open) => Reply::Opened(self.open(open)?),
            Request::Serve(order) => Reply::Served(self.serve(&order)?),
            Request::Call => {
                self.output = None;
                self.refresh()?;
                let (called, output) = timing::call(self.py, self.subject()?)?;
                self.output = Some(output);
                Reply::Called(called)
            }
            Request::Judge(judging) => {
                let output = self.output.take().ok_or_else(|| out_of_order("judge"))?;
                let inputs = self.inputs.as_ref().ok_or_else(|| out_of_order("judge"))?;
                Reply::Judged(judge::judge(self.py, output, inputs, &judging)?)
            }
            Request::Modules => Reply::Modules(modules::loaded(self.py)?),
            Request::WatchReads => {
                self.reads = Some(Reads::watch(self.py)?);
                Reply::WatchingReads
            }
            Request::Reads => Reply::Reads(self.reads.as_ref().map_or(Ok(Vec::new()), Reads::files)?),
            Request::Calibrate(duration) => Reply::Calibrated(if self.fresh() {
                self.calibrate_fresh(duration)?
            } else {
                timing::calibrate(self.subject()?, duration)?
            }),
            Request::CallOther(load) => {
                let size = load.make.size;
                let mut inputs = Inputs::new(self.py, load)?;
                let crossing = self.cross(&inputs)?;
                let mut subject = self.prepare(&inputs, crossing.as_ref())?;
                Reply::CalledOther(timing::call_other(size, || {
                    let call = timing::block(&mut subject, 1, Some(Clock::Wall))?;
                    if inputs.fresh() {
                        inputs.renew(self.py)?;
                        subject = self.prepare(&inputs, crossing.as_ref())?;
                    }
                    Ok(call.undisturbed_ns())
                })?)
            }
            Request::Time { calls, each } => Reply::Timed(if self.fresh() {
                self.time_fresh(Clock::Wall, |sum| sum.calls() >= calls)?
            } else {
                timing::block(self.subject()?, calls, each.then_some(Clock::Wall))?.timed
            }),
            Request::TimeFor(order) => Reply::Timed(if self.fresh() {
                self.time_fresh(order.clock, |sum| sum.is_enough(&order))?
            } else {
                timing::block_for(self.subject()?, &order)?.timed
            }),
            Request::BoundaryTypes => Reply::BoundaryTypes(
                self.crossing.as_ref().map(Crossing::types).cloned().ok_or_else(|| out_of_order("say what crosses"))?,
            ),
            Request::Count(order) => Reply::Counted(self.count(&order)?),
            Request::Control { iterations } => {
                if self.control.is_none() {
                    self.control = Some(Control::new(self.py)?);
                }
                let control = self.control.as_ref().ok_or_else(|| out_of_order("control"))?;
                Reply::Control(control.time(iterations)?)
            }
        })
    }

    fn import(&self, callable: &Callable) -> PyResult<Code<'py>> {
        match callable {
            Callable::Python(target) => lookup::resolve(self.py, target).and_then(Function::new).map(Code::Python),
            Callable::Boundary { function, form } => {
                lookup::resolve(self.py, function).map(|function| Code::Boundary(function, *form))
            }
            Callable::Kernel(name) => kernel::find(name)
                .map(Code::Kernel)
                .ok_or_else(|| pyo3::exceptions::PyLookupError::new_err(format!("there is no kernel '{name}'"))),
        }
    }

    /// Requests are settled before the application is imported: its own objects stay with the garbage collector.
    fn open(&mut self, open: OpenRequest) -> PyResult<Opened> {
        let inputs = Inputs::new(self.py, open.load.clone())?;
        process::settle(self.py)?;
        let (scenario, opened) = Scenario::open(self.py, &open)?;
        self.code = Some(Code::Python(Function::plain(scenario.all(self.py))));
        self.subject = Some(self.prepare(&inputs, None)?);
        self.scenario = Some(scenario);
        self.inputs = Some(inputs);
        Ok(opened)
    }

    fn serve(&mut self, order: &ServeRequest) -> PyResult<Served> {
        let copies = self.inputs.as_ref().map(Inputs::copies).unwrap_or_default();
        let requests = if order.warms_up { copies.last() } else { copies.first() };
        match (&mut self.scenario, requests) {
            (Some(scenario), Some(requests)) => scenario.serve(requests, order),
            _ => Err(out_of_order("serve")),
        }
    }

    /// The boundary of the code on that input, where it is one.
    fn cross(&self, inputs: &Inputs<'py>) -> PyResult<Option<Crossing<'py>>> {
        let Some(Code::Boundary(function, form)) = &self.code else { return Ok(None) };
        match (inputs.calls(), inputs.copies()) {
            (Some(_), [first, ..]) => Crossing::of_calls(function, first, *form, inputs.fresh()),
            (_, copies) => Crossing::new(function, copies, *form, inputs.fresh()),
        }
        .map(Some)
    }

    fn prepare(&self, inputs: &Inputs<'py>, crossing: Option<&Crossing<'py>>) -> PyResult<Subject<'py>> {
        match &self.code {
            Some(Code::Python(function)) => match inputs.calls() {
                Some(recorded) => {
                    let copies = inputs.copies().iter().map(Calls::new).collect::<PyResult<_>>()?;
                    Ok(Subject::Calls { calling: Calling::new(&function.callable, recorded)?, copies, py: self.py })
                }
                None => Ok(Subject::Python { function: function.clone(), copies: inputs.copies().to_vec() }),
            },
            Some(Code::Kernel(kernel)) => {
                let copies = inputs.copies().iter().map(|input| (kernel.prepare)(input)).collect::<PyResult<_>>()?;
                Ok(Subject::Kernel { copies, py: self.py })
            }
            Some(Code::Boundary(..)) => {
                let crossing = crossing.ok_or_else(|| out_of_order("load"))?;
                crossing.subject(inputs.copies(), inputs.calls())
            }
            None => Err(out_of_order("load")),
        }
    }

    fn subject(&mut self) -> PyResult<&mut Subject<'py>> {
        self.subject.as_mut().ok_or_else(|| out_of_order("call"))
    }

    fn fresh(&self) -> bool {
        self.inputs.as_ref().is_some_and(Inputs::fresh)
    }

    /// Where every call is to have an input of its own: makes the next one.
    fn refresh(&mut self) -> PyResult<()> {
        if !self.fresh() {
            return Ok(());
        }
        self.subject = None;
        let mut inputs = self.inputs.take().ok_or_else(|| out_of_order("call"))?;
        inputs.renew(self.py)?;
        self.subject = Some(self.prepare(&inputs, self.crossing.as_ref())?);
        self.inputs = Some(inputs);
        Ok(())
    }

    /// Finds out how long calls take that each have an input of their own.
    fn calibrate_fresh(&mut self, duration: Duration) -> PyResult<Calibrated> {
        let mut trial = timing::Trial::new();
        while !trial.is_enough(duration) {
            let start = Instant::now();
            self.refresh()?;
            trial.add_making(start.elapsed());
            trial.call(self.subject()?, 1)?;
        }
        Ok(trial.calibrated())
    }

    /// A block of calls that each have an input of their own, until it `is_enough`: only the calls count, not the copies in
    /// between.
    fn time_fresh(&mut self, clock: Clock, is_enough: impl Fn(&timing::Sum) -> bool) -> PyResult<Timed> {
        let mut sum = timing::Sum::new();
        while !is_enough(&sum) {
            self.refresh()?;
            sum.add(timing::block(self.subject()?, 1, Some(clock))?.timed);
        }
        Ok(sum.total())
    }

    /// Counts the instructions of calls, after others that don't count.
    ///
    /// The garbage collector has just run when counting begins, so that it runs at the same calls on either side.
    fn count(&mut self, order: &CountOrder) -> PyResult<u64> {
        let mut counter = Counter::open()?;
        // Where every call has an input of its own, what makes it stays outside.
        let in_a_block = |calls: u64, fresh: bool| if fresh { (calls, 1) } else { (1, calls) };
        let (blocks, calls) = in_a_block(order.warm_ups, self.fresh());
        for _ in 0..blocks {
            self.refresh()?;
            self.subject()?.time(calls)?;
        }
        process::collect(self.py)?;
        count::settle_memory(self.py, order.memory);
        let (blocks, calls) = in_a_block(order.calls, self.fresh());
        counter.begin()?;
        for _ in 0..blocks {
            let subject = self.subject()?;
            counter.resume()?;
            subject.time(0)?;
            counter.pause()?;
        }
        let around = counter.end()?;
        counter.begin()?;
        for _ in 0..blocks {
            self.refresh()?;
            let subject = self.subject()?;
            counter.resume()?;
            subject.time(calls)?;
            counter.pause()?;
        }
        Ok(counter.end()?.saturating_sub(around))
    }
}

fn out_of_order(request: &str) -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err(format!("the request to {request} came out of order"))
}

/// An exception as its author would see it: type and message first, then the traceback.
pub(crate) fn describe(py: Python<'_>, error: &PyErr) -> String {
    let kind = error.get_type(py);
    let name = kind.fully_qualified_name().map(|name| name.to_string()).unwrap_or_default();
    let name = name.strip_prefix("builtins.").unwrap_or(&name);
    let message = error.value(py).str().map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    let hint = match name {
        _ if error.is_instance_of::<PySystemExit>(py) => " (it called sys.exit)",
        "asyncio.exceptions.CancelledError" => " (the call was cancelled)",
        _ => "",
    };
    let traceback = error.traceback(py).and_then(|traceback| traceback.format().ok()).unwrap_or_default();
    let (message, traceback) = (shortened(&message), shortened(&traceback));
    let message = format!("{message}{hint}");
    format!("raised {name}: {}\n{traceback}", message.trim_start()).trim_end().to_owned()
}

/// The beginning and the end of a long text.
fn shortened(text: &str) -> String {
    const KEPT: usize = 4000;
    let length = text.chars().count();
    if length <= 2 * KEPT {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(KEPT).collect();
    let end: String = text.chars().skip(length - KEPT).collect();
    format!("{beginning}\n… ({} characters more) …\n{end}", length - 2 * KEPT)
}
