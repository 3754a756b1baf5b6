//! Chrome's trace events: of browsers, VizTracer, PyTorch, and everything that Perfetto's page opens.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::TraceError;
use super::foreign;
use super::spans::{Collected, LATEST, Phase, Reason, ThreadEvent};
use super::stream::{Shape, Stream};
use super::value::{MaybeText, Micros, Text, hash};

/// The name of the format in results.
pub(super) const NAME: &str = "chrome";

#[derive(serde::Deserialize, Default)]
#[serde(default, expecting = "an event")]
struct Event<'a> {
    #[serde(rename = "ph", borrow)]
    phase: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(rename = "ts")]
    at: Micros,
    #[serde(rename = "dur")]
    duration: Micros,
    #[serde(rename = "pid", borrow)]
    process: Text<'a>,
    #[serde(rename = "tid", borrow)]
    thread: Text<'a>,
    #[serde(borrow)]
    args: Args<'a>,
    /// A key of Zipkin's spans.
    #[serde(rename = "traceId")]
    zipkin: Option<IgnoredAny>,
}

/// The name among the arguments of an event, which can be anything.
#[derive(Default)]
struct Args<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Args<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ArgsVisitor)
    }
}

struct ArgsVisitor;

impl<'de> Visitor<'de> for ArgsVisitor {
    type Value = Args<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arguments of an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Args<'de>, A::Error> {
        let mut name = None;
        while let Some(key) = object.next_key::<Text<'de>>()? {
            if key.0 == "name" {
                name = object.next_value::<MaybeText<'de>>()?.0;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Args(name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Args<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Args(None))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Args<'de>, E> {
        Ok(Args(None))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Args<'de>, E> {
        Ok(Args(None))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Args<'de>, E> {
        Ok(Args(None))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Args<'de>, E> {
        Ok(Args(None))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Args<'de>, E> {
        Ok(Args(None))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Args<'de>, E> {
        Ok(Args(None))
    }
}

struct EventShape;

impl Shape for EventShape {
    type Of<'text> = Event<'text>;
}

/// The events of a file that is being read.
pub(super) struct Events {
    file: u64,
    read: u64,
    processes: HashMap<u64, u32>,
}

impl Events {
    /// Processes of different files have nothing in common.
    pub(super) fn new(file: &Path) -> Self {
        Self { file: hash(file), read: 0, processes: HashMap::new() }
    }

    /// Reads the value of `traceEvents`.
    ///
    /// # Errors
    /// When it isn't what it has to be.
    pub(super) fn list(&mut self, stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
        into.formats.insert(NAME);
        stream.elements(|stream| self.event(stream, into))
    }

    /// Reads the event that comes next.
    ///
    /// # Errors
    /// When there is something else.
    pub(super) fn event(&mut self, stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
        stream.peek()?;
        let place = (stream.path(), stream.place());
        into.formats.insert(NAME);
        let event = stream.value::<EventShape, _>(|event| self.contents(&event, into))?;
        self.read += 1;
        match event.map_err(|message| TraceError::at(place.0, place.1, message))? {
            EventContents::Metadata => return Ok(()),
            EventContents::Event(event) => into.push_event(event, place)?,
            EventContents::Skipped(reason) => into.skips.add(reason, 1, Some(place)),
        }
        into.read += 1;
        Ok(())
    }

    fn contents(&mut self, event: &Event<'_>, into: &mut Collected<'_>) -> Result<EventContents, String> {
        let process = hash((self.file, &event.process.0[..]));
        let phase = match &event.phase.0[..] {
            "X" => Phase::Whole(0),
            "B" => Phase::Begin,
            "E" => Phase::End,
            "M" => {
                if let ("process_name", Args(Some(name))) = (&event.name.0[..], &event.args) {
                    let resource = self.resource(process, into)?;
                    into.resources.define(resource, name, "")?;
                }
                return Ok(EventContents::Metadata);
            }
            "" if event.zipkin.is_some() => {
                return Err(foreign::ZIPKIN.to_owned());
            }
            _ => return Ok(EventContents::Skipped(Reason::OtherEvent)),
        };
        let Some(at) = event.at.0.filter(|at| at.abs() < LATEST) else {
            return Ok(EventContents::Skipped(Reason::NoTime));
        };
        let phase = match phase {
            Phase::Whole(_) => {
                let end = event.duration.0.and_then(|duration| at.checked_add(duration));
                let Some(end) = end.filter(|end| end.abs() < LATEST) else {
                    return Ok(EventContents::Skipped(Reason::NoTime));
                };
                Phase::Whole(end)
            }
            phase => phase,
        };
        let operation = if phase == Phase::End { 0 } else { into.operations.of(&event.name.0)? };
        let thread = [process, hash(&event.thread.0[..])];
        let resource = self.resource(process, into)?;
        Ok(EventContents::Event(ThreadEvent { thread, at, phase, number: self.read, operation, resource }))
    }

    fn resource(&mut self, process: u64, into: &mut Collected<'_>) -> Result<u32, String> {
        const MOST: usize = 1 << 20;
        if self.processes.len() > MOST {
            return Err(format!("more than {MOST} processes, which can't be"));
        }
        Ok(*self.processes.entry(process).or_insert_with(|| into.resources.undefined()))
    }
}

/// What an event says.
enum EventContents {
    /// Names of processes and threads.
    Metadata,
    Event(ThreadEvent),
    Skipped(Reason),
}
