//! Receiving traces of production: OTLP over HTTP and gRPC, for a while or while a program runs.
//!
//! Each message is looked at when it comes, so that its sender is told what is wrong with it, and then written to a file as the
//! file exporter of the OpenTelemetry Collector does. Once the time is over that file is read like any other.

mod grpc;
mod http;
mod program;
mod receiver;
mod unpack;

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustworthy_attribution::trace::Options;

use crate::context::{Context, Notice};
use program::Program;
use receiver::Receiver;

/// Where to listen, and until when.
#[derive(Debug, Clone)]
pub struct Listening {
    /// The address. One that other hosts reach is the user's choice.
    pub address: SocketAddr,
    /// How long; `None` for as long as the program runs.
    pub duration: Option<Duration>,
    /// A program whose traces these are; none for services that run already.
    pub command: Vec<OsString>,
}

/// What was received.
#[derive(Debug)]
pub(crate) struct Received {
    /// The messages, each behind its length.
    pub(crate) file: PathBuf,
    /// Messages that there was no room for.
    pub(crate) dropped: u64,
}

/// How often it's looked whether the time is over.
const POLL: Duration = Duration::from_millis(20);

/// How long traces may come in that a program sends as it ends.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// Listens, and writes what comes to a file in this folder.
///
/// # Errors
/// When the address is taken, the program can't be started, the file can't be written, or nothing has come.
pub(crate) fn listen(
    context: &Context<'_>,
    listening: &Listening,
    options: &Options,
    folder: &Path,
) -> Result<Received> {
    if listening.duration.is_none() && listening.command.is_empty() {
        bail!("--listen: say how long: --for 10m, or a program after --");
    }
    let file = folder.join("received.binpb");
    let receiver = Arc::new(Receiver::new(&file, options)?);
    let server = Server::start(listening.address, &receiver)?;
    tell(context, server.address, listening);
    let mut program = Program::start(&listening.command, server.address)?;
    let start = Instant::now();
    let mut said = Instant::now();
    loop {
        std::thread::sleep(POLL);
        let is_over = listening.duration.is_some_and(|duration| start.elapsed() >= duration);
        let has_ended = program.as_mut().map(Program::has_ended).transpose()?.unwrap_or(false);
        if is_over || has_ended || context.is_cancelled() || receiver.has_failed() {
            break;
        }
        if said.elapsed() >= Duration::from_secs(10) {
            said = Instant::now();
            context.tell(Notice::Detail(receiver.so_far()));
        }
    }
    if let Some(program) = program {
        program.end(context)?;
    }
    std::thread::sleep(AFTERWARDS);
    server.stop();
    let counts = receiver.finish()?;
    context.tell(Notice::Remark(receiver.so_far()));
    if counts.messages == 0 {
        let _ = fs::remove_file(&file);
        bail!(
            "nothing was received on {}{}",
            listening.address,
            receiver.refusal().map_or_else(String::new, |why| format!("; what came was refused: {why}"))
        );
    }
    if let Some(why) = receiver.refusal() {
        context.warn(format!("{} messages were refused, the first because {why}", counts.refused));
    }
    Ok(Received { file, dropped: counts.dropped })
}

/// What senders need to know.
fn tell(context: &Context<'_>, address: SocketAddr, listening: &Listening) {
    let until = match listening.duration {
        Some(duration) => format!("for {duration:?}"),
        None => "while the program runs".to_owned(),
    };
    context.tell(Notice::Remark(format!("listening on http://{address} for OTLP over HTTP and gRPC, {until}")));
    if !address.ip().is_loopback() {
        context.warn(format!(
            "{address} can be reached from other machines: whoever sends there is taken for your services"
        ));
    }
    if listening.command.is_empty() {
        context.tell(Notice::Remark(format!(
            "a service in Python sends its traces by:\n\
             {0}OTEL_EXPORTER_OTLP_ENDPOINT=http://{address} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\\n\
             {0}opentelemetry-instrument --traces_exporter otlp --metrics_exporter none --logs_exporter none python app.py\n\
             under gunicorn, which forks its workers, this belongs into gunicorn.conf.py:\n\
             {0}def post_fork(server, worker):\n\
             {0}    from opentelemetry import trace\n\
             {0}    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter\n\
             {0}    from opentelemetry.sdk.trace import TracerProvider\n\
             {0}    from opentelemetry.sdk.trace.export import BatchSpanProcessor\n\
             {0}    trace.set_tracer_provider(TracerProvider())\n\
             {0}    trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))",
            "  "
        )));
    }
}

/// A server in a thread of its own.
struct Server {
    address: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Server {
    fn start(address: SocketAddr, receiver: &Arc<Receiver>) -> Result<Self> {
        // Bound here, so that what is wrong with the address is told at once.
        let listener = std::net::TcpListener::bind(address).with_context(|| format!("--listen {address}"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let receiver = Arc::clone(receiver);
        let thread = std::thread::Builder::new().name("listening".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let serving = axum::serve(listener, http::router(receiver));
                tokio::select! {
                    _ = serving.into_future() => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, stop, thread })
    }

    /// Connections end where they are: exporters keep theirs open for ever.
    fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}
