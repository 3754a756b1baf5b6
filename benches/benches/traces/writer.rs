//! Traces of a shop, in every format.
//!
//! A request passes five services: sequential and parallel calls, queries that repeat, a failed payment now and then.
//! Spans carry the attributes that OpenTelemetry's instrumentations give them; in OTLP they come in batches of a
//! service, as its exporters send them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::protobuf;

/// 2026, in microseconds since 1970.
const EPOCH: u64 = 1_780_000_000_000_000;
/// Traces whose spans come in the same batches.
const BATCH: usize = 32;
pub(super) const SERVICES: [&str; 5] = ["gateway", "cart", "stock", "payment", "postgres"];

/// How traces are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Otlp,
    OtlpLines,
    OtlpGzip,
    OtlpZstd,
    Protobuf,
    ProtobufFrames,
    ProtobufZstd,
    Jaeger,
    Chrome,
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Otlp => "OTLP JSON, one object",
            Self::OtlpLines => "OTLP JSON, lines",
            Self::OtlpGzip => "OTLP JSON, gzip",
            Self::OtlpZstd => "OTLP JSON, Zstandard",
            Self::Protobuf => "OTLP protobuf, one message",
            Self::ProtobufFrames => "OTLP protobuf, behind lengths",
            Self::ProtobufZstd => "OTLP protobuf, Zstandard",
            Self::Jaeger => "Jaeger's JSON, one object",
            Self::Chrome => "Chrome's trace events",
        }
    }

    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::OtlpGzip => "traces.json.gz",
            Self::OtlpZstd => "traces.json.zst",
            Self::OtlpLines => "traces.jsonl",
            Self::Protobuf | Self::ProtobufFrames => "traces.binpb",
            Self::ProtobufZstd => "traces.binpb.zst",
            _ => "traces.json",
        }
    }
}

/// Writes traces until there are so many bytes, and returns how many there are before compression.
pub(super) fn write(path: &Path, format: Format, bytes: u64) -> anyhow::Result<u64> {
    if matches!(format, Format::OtlpGzip | Format::OtlpZstd | Format::ProtobufZstd) {
        let plain = path.with_extension("plain");
        let inner = if format == Format::ProtobufZstd { Format::ProtobufFrames } else { Format::Otlp };
        let unpacked = write(&plain, inner, bytes)?;
        let tool = if format == Format::OtlpGzip { "gzip" } else { "zstd" };
        let packed =
            std::process::Command::new(tool).args(["-q", "-c"]).arg(&plain).stdout(File::create(path)?).status();
        std::fs::remove_file(&plain)?;
        anyhow::ensure!(packed?.success(), "{tool} failed");
        return Ok(unpacked);
    }
    let mut out = Counted { out: BufWriter::with_capacity(1 << 20, File::create(path)?), bytes: 0 };
    let mut traces = Traces::new();
    let [begin, end] = match format {
        Format::Jaeger => ["{\"data\":[", "]}"],
        Format::Chrome => ["{\"traceEvents\":[", "]}"],
        Format::OtlpLines | Format::Protobuf | Format::ProtobufFrames => ["", ""],
        _ => ["{\"resourceSpans\":[", "]}"],
    };
    out.write_all(begin.as_bytes())?;
    let mut is_first = true;
    while out.bytes < bytes {
        let batch: Vec<Trace> = traces.by_ref().take(BATCH).collect();
        let is_separated = !matches!(format, Format::OtlpLines | Format::Protobuf | Format::ProtobufFrames);
        if !std::mem::replace(&mut is_first, false) && is_separated {
            out.write_all(b",")?;
        }
        match format {
            Format::OtlpLines => {
                out.write_all(b"{\"resourceSpans\":[")?;
                write_otlp(&batch, &mut out)?;
                out.write_all(b"]}\n")?;
            }
            // Messages after each other are one.
            Format::Protobuf => out.write_all(&protobuf::request(&batch))?,
            Format::ProtobufFrames => {
                let message = protobuf::request(&batch);
                out.write_all(&(message.len() as u32).to_be_bytes())?;
                out.write_all(&message)?;
            }
            Format::Jaeger => separated(&batch, &mut out, Trace::write_jaeger)?,
            Format::Chrome => separated(&batch, &mut out, Trace::write_chrome)?,
            _ => write_otlp(&batch, &mut out)?,
        }
    }
    out.write_all(end.as_bytes())?;
    out.flush()?;
    Ok(out.bytes)
}

/// Writes traces until there are so many bytes in so many files of protobuf, the spans of each trace in any of them, and three in a
/// hundred in two.
pub(super) fn spread(folder: &Path, files: usize, bytes: u64) -> anyhow::Result<()> {
    const TWICE: f64 = 0.03;
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let open = |file| File::create(folder.join(format!("{file:04}.binpb"))).map(BufWriter::new);
    let mut outs = (0..files).map(open).collect::<io::Result<Vec<_>>>()?;
    let (mut traces, mut written) = (Traces::new(), 0);
    while written < bytes {
        let mut dealt: Vec<Vec<Trace>> = outs.iter().map(|_| Vec::new()).collect();
        for Trace { id, spans } in traces.by_ref().take(BATCH) {
            let mut of_files: Vec<Vec<Span>> = outs.iter().map(|_| Vec::new()).collect();
            for span in spans {
                if random.random_bool(TWICE) {
                    of_files[random.random_range(0..files)].push(span.clone());
                }
                of_files[random.random_range(0..files)].push(span);
            }
            for (traces, spans) in dealt.iter_mut().zip(of_files) {
                traces.push(Trace { id, spans });
            }
        }
        for (traces, out) in dealt.iter().zip(&mut outs) {
            let message = protobuf::request(traces);
            out.write_all(&(message.len() as u32).to_be_bytes())?;
            out.write_all(&message)?;
            written += 4 + message.len() as u64;
        }
    }
    outs.iter_mut().try_for_each(Write::flush)?;
    Ok(())
}

struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn separated<T, W: Write>(all: &[T], out: &mut W, write: impl Fn(&T, &mut W) -> io::Result<()>) -> io::Result<()> {
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write(one, out)?;
    }
    Ok(())
}

#[derive(Clone)]
pub(super) struct Span {
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) service: usize,
    pub(super) name: String,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) failed: bool,
}

/// A request.
pub(super) struct Trace {
    pub(super) id: u128,
    pub(super) spans: Vec<Span>,
}

/// Requests, the same every time.
pub(super) struct Traces {
    random: Pcg64Mcg,
    now: u64,
}

impl Traces {
    pub(super) fn new() -> Self {
        Self { random: Pcg64Mcg::seed_from_u64(20_261_125), now: EPOCH }
    }

    /// Microseconds, seldom many.
    fn some(&mut self, usual: u64) -> u64 {
        let slow = if self.random.random_range(0..100) == 0 { 20 } else { 1 };
        self.random.random_range(usual / 2..usual * 2) * slow
    }
}

impl Iterator for Traces {
    type Item = Trace;

    fn next(&mut self) -> Option<Trace> {
        self.now += self.some(500);
        let mut trace = Trace {
            id: u128::from(self.random.next_u64()) << 64 | u128::from(self.random.next_u64()),
            spans: Vec::new(),
        };
        let mut at = self.now;
        let root = self.span(&mut trace, 0, 0, "GET /checkout".to_owned(), at);
        at += self.some(100);
        let user = self.random.random_range(0..100_000);
        let cart = self.span(&mut trace, root, 1, format!("GET /user/{user}/cart"), at);
        at += self.some(50);
        for _ in 0..self.random.random_range(1..4) {
            at = self.leaf(&mut trace, cart, 4, "SELECT items", at);
        }
        trace.end(cart, at);
        // In parallel: each asks the database.
        let mut latest = at;
        for _ in 0..self.random.random_range(2..6) {
            let mut until = at + self.some(30);
            let stock = self.span(&mut trace, root, 2, "POST /reserve".to_owned(), until);
            until = self.leaf(&mut trace, stock, 4, "UPDATE stock", until + 20) + 20;
            trace.end(stock, until);
            latest = latest.max(until);
        }
        let pay = self.span(&mut trace, root, 3, "POST /pay".to_owned(), latest + 10);
        let until = self.leaf(&mut trace, pay, 3, "sign", latest + 40) + 20;
        trace.end(pay, until);
        trace.end(root, until + 30);
        trace.spans[0].failed = self.random.random_range(0..50) == 0;
        Some(trace)
    }
}

impl Traces {
    fn span(&mut self, trace: &mut Trace, parent: u64, service: usize, name: String, start: u64) -> u64 {
        let id = self.random.next_u64() | 1;
        trace.spans.push(Span { id, parent, service, name, start, end: start, failed: false });
        id
    }

    fn leaf(&mut self, trace: &mut Trace, parent: u64, service: usize, name: &str, start: u64) -> u64 {
        let id = self.span(trace, parent, service, name.to_owned(), start);
        let end = start + self.some(800);
        trace.end(id, end);
        end
    }
}

fn write_otlp(batch: &[Trace], out: &mut impl Write) -> io::Result<()> {
    let services = SERVICES
        .iter()
        .enumerate()
        .filter(|(service, _)| batch.iter().any(|trace| trace.spans.iter().any(|span| span.service == *service)));
    for (index, (service, name)) in services.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write!(
            out,
            r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{name}"}}}},{{"key":"host.name","value":{{"stringValue":"{name}-0"}}}},{{"key":"telemetry.sdk.language","value":{{"stringValue":"python"}}}}]}},"scopeSpans":[{{"scope":{{"name":"opentelemetry.instrumentation","version":"0.50b0"}},"spans":["#
        )?;
        let spans: Vec<_> = batch
            .iter()
            .flat_map(|trace| trace.spans.iter().map(|span| (trace.id, span)))
            .filter(|(_, span)| span.service == service)
            .collect();
        separated(&spans, out, |(trace, span), out| span.write_otlp(*trace, out))?;
        out.write_all(b"]}]}")?;
    }
    Ok(())
}

impl Span {
    fn write_otlp(&self, trace: u128, out: &mut impl Write) -> io::Result<()> {
        let Self { id, name, start, end, .. } = self;
        write!(out, r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}","#)?;
        if self.parent != 0 {
            write!(out, r#""parentSpanId":"{:016x}","#, self.parent)?;
        }
        write!(
            out,
            r#""flags":256,"name":"{name}","kind":2,"startTimeUnixNano":"{start}000","endTimeUnixNano":"{end}000","attributes":[{{"key":"http.request.method","value":{{"stringValue":"GET"}}}},{{"key":"url.path","value":{{"stringValue":"{name}"}}}},{{"key":"http.response.status_code","value":{{"intValue":"200"}}}},{{"key":"server.address","value":{{"stringValue":"10.0.17.4"}}}},{{"key":"server.port","value":{{"intValue":"8080"}}}},{{"key":"network.protocol.version","value":{{"stringValue":"1.1"}}}}],"status":{}}}"#,
            if self.failed { r#"{"code":2,"message":"declined"}"# } else { "{}" }
        )
    }
}

impl Trace {
    fn end(&mut self, id: u64, end: u64) {
        if let Some(span) = self.spans.iter_mut().find(|span| span.id == id) {
            span.end = end;
        }
    }

    /// An element of `data`.
    pub(super) fn write_jaeger(&self, out: &mut impl Write) -> io::Result<()> {
        let trace = self.id;
        write!(out, r#"{{"traceID":"{trace:032x}","spans":["#)?;
        separated(&self.spans, out, |span, out| {
            let Span { id, name, start, .. } = span;
            write!(out, r#"{{"traceID":"{trace:032x}","spanID":"{id:016x}","operationName":"{name}","references":["#)?;
            if span.parent != 0 {
                write!(out, r#"{{"refType":"CHILD_OF","traceID":"{trace:032x}","spanID":"{:016x}"}}"#, span.parent)?;
            }
            write!(
                out,
                r#"],"startTime":{start},"duration":{},"tags":[{{"key":"http.request.method","type":"string","value":"GET"}},{{"key":"url.path","type":"string","value":"{name}"}},{{"key":"http.response.status_code","type":"int64","value":200}},{{"key":"server.address","type":"string","value":"10.0.17.4"}},{{"key":"server.port","type":"int64","value":8080}},{{"key":"error","type":"bool","value":{}}}],"logs":[],"processID":"p{}","warnings":null}}"#,
                span.end - span.start,
                span.failed,
                span.service
            )
        })?;
        out.write_all(b"],\"processes\":{")?;
        for (index, service) in SERVICES.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(
                out,
                r#"{comma}"p{index}":{{"serviceName":"{service}","tags":[{{"key":"hostname","type":"string","value":"{service}-0"}}]}}"#
            )?;
        }
        out.write_all(b"},\"warnings\":null}")
    }

    /// Its events on a thread of its own.
    fn write_chrome(&self, out: &mut impl Write) -> io::Result<()> {
        separated(&self.spans, out, |Span { name, start, end, .. }, out| {
            write!(
                out,
                r#"{{"ph":"X","pid":17,"tid":{},"ts":{start},"dur":{},"name":"{name}","cat":"fee","args":{{"method":"GET","status":200}}}}"#,
                self.id as u32,
                end - start
            )
        })
    }
}
