//! What is known of each request, measured or read from a trace.

use super::source::RequestSource;

/// Requests, and the functions in which they spent their time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Requests {
    /// Functions of a service, operations of a trace; parts refer to them by their index.
    pub functions: Vec<Function>,
    /// In the order of their arrival.
    pub requests: Vec<Request>,
}

/// What takes time within requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Function {
    /// `module:callable`, or the name of an operation.
    pub name: String,
    /// Where it's defined.
    pub file: Option<String>,
    /// The line of its definition.
    pub line: Option<u32>,
    /// It's a call of another service: its own time is spent waiting, on no processor.
    pub waits: bool,
}

/// One request. Times are seconds since its round began, or since the trace did.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Rounds begin with an empty queue, and nothing waits from one to the next.
    pub round: u32,
    /// When it was to arrive.
    pub arrival: f64,
    /// When a server turned to it.
    pub start: f64,
    /// When it was answered.
    pub end: f64,
    /// Processor time of its thread in seconds; 0 where it isn't known.
    pub cpu: f64,
    /// Whether it was answered with an error.
    pub failed: bool,
    /// How many requests it stands for, where others weren't kept; else 1.
    pub weight: f64,
    /// Functions that it spent time in, each once.
    pub parts: Vec<Part>,
}

impl Default for Request {
    /// It takes no time, and stands for itself.
    fn default() -> Self {
        Self { round: 0, arrival: 0.0, start: 0.0, end: 0.0, cpu: 0.0, failed: false, weight: 1.0, parts: Vec::new() }
    }
}

/// What a request spent in a function.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Part {
    /// Its index among [`Requests::functions`].
    pub function: u32,
    /// Calls.
    pub calls: u32,
    /// Seconds in it and in all that it calls, other functions listed left out.
    pub exclusive: f64,
    /// Seconds in it and in all that it calls, pauses of the garbage collector left out.
    pub inclusive: f64,
    /// Seconds of these off the processor: asleep, or waiting; 0 where that isn't known.
    pub asleep: f64,
}

/// What all requests spent in a function together, those included that they stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FunctionTotal {
    /// Calls.
    pub calls: f64,
    /// Seconds in it and in all that it calls, other functions listed left out.
    pub exclusive: f64,
    /// Seconds in it and in all that it calls, pauses of the garbage collector left out.
    pub inclusive: f64,
    /// Seconds of these off the processor: asleep, or waiting.
    pub asleep: f64,
}

/// What all requests spent in each function.
///
/// # Errors
/// When requests can't be read.
pub fn totals<S: RequestSource>(requests: &S) -> Result<Vec<FunctionTotal>, S::Error> {
    let mut totals = vec![FunctionTotal::default(); requests.functions().len()];
    requests.visit(|_, request| {
        for part in &request.parts {
            let total = &mut totals[part.function as usize];
            total.calls += request.weight * f64::from(part.calls);
            total.exclusive += request.weight * part.exclusive;
            total.inclusive += request.weight * part.inclusive;
            total.asleep += request.weight * part.asleep;
        }
    })?;
    Ok(totals)
}

impl Requests {
    /// The index of the function of that name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|function| function.name == name)
    }

    /// Seconds that each request spent in a function and in all that it calls.
    pub fn inclusive_seconds(&self, function: usize) -> Vec<f64> {
        let seconds = |request: &Request| request.part(function).map_or(0.0, |part| part.inclusive);
        self.requests.iter().map(seconds).collect()
    }

    /// What of these was on the processor.
    pub fn processor_seconds(&self, function: usize) -> Vec<f64> {
        let seconds = |request: &Request| request.part(function).map_or(0.0, |part| part.inclusive - part.asleep);
        self.requests.iter().map(|request| seconds(request).max(0.0)).collect()
    }
}

impl Request {
    /// What it spent in the function with that index; `None` where it didn't call it.
    pub fn part(&self, function: usize) -> Option<&Part> {
        self.parts.iter().find(|part| part.function as usize == function)
    }

    /// Seconds from the planned arrival to the end.
    pub fn latency(&self) -> f64 {
        self.end - self.arrival
    }

    /// Seconds for which a server was busy with it.
    pub fn service(&self) -> f64 {
        self.end - self.start
    }

    /// Seconds for which it waited for a server.
    pub fn waiting(&self) -> f64 {
        self.start - self.arrival
    }
}
