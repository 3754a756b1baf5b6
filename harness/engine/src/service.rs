//! Services of a manifest: started before, stopped after, on the loopback interface alone.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::manifest::Service;
use crate::process::Variables;
use crate::workers::ProcessTree;

/// How long a service may take until it answers.
const READY: Duration = Duration::from_secs(60);

/// How long one request to a service may take.
const ANSWER: Duration = Duration::from_secs(2);

/// Why a service doesn't run.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Its command can't be started.
    #[error("service '{name}': {command}: {source}")]
    NotStarted {
        /// Name of the service.
        name: String,
        /// Its program.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It ended before it answered.
    #[error("service '{name}' ended before it answered at {ready}{output}")]
    Ended {
        /// Name of the service.
        name: String,
        /// Where it should have answered.
        ready: String,
        /// Last lines of its output.
        output: String,
    },
    /// It never answered.
    #[error("service '{name}' did not answer at {ready} within {} s{output}", READY.as_secs())]
    Silent {
        /// Name of the service.
        name: String,
        /// Where it should have answered.
        ready: String,
        /// Last lines of its output.
        output: String,
    },
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
}

/// Services that run until this is dropped.
#[derive(Debug, Default)]
pub struct Services {
    running: Vec<ProcessTree>,
    /// `RUSTWORTHY_SERVICE_<NAME>`, for workers.
    pub env: BTreeMap<String, String>,
}

impl Services {
    /// Starts them all and waits until each answers.
    ///
    /// # Errors
    /// When one of them doesn't; those that run already are stopped.
    pub fn start(services: &[Service], root: &Path, program: &Path, cancel: &AtomicBool) -> Result<Self, ServiceError> {
        let mut started = Self::default();
        for service in services {
            started.add(service, root, program, cancel)?;
        }
        Ok(started)
    }

    fn add(&mut self, service: &Service, root: &Path, program: &Path, cancel: &AtomicBool) -> Result<(), ServiceError> {
        let not_started = |source| ServiceError::NotStarted {
            name: service.name.clone(),
            command: service.command.first().cloned().unwrap_or_default(),
            source,
        };
        let port = free_port().map_err(not_started)?.to_string();
        let command: Vec<String> = service
            .command
            .iter()
            .map(|word| word.replace("{port}", &port).replace("{rustworthy}", &program.to_string_lossy()))
            .collect();
        let mut process = ProcessTree::start(program, &command, root, &Variables::default()).map_err(not_started)?;
        let ready = service.ready.replace("{port}", &port);

        let start = Instant::now();
        while !answers(&ready) {
            let (name, ready) = (service.name.clone(), ready.clone());
            if process.has_ended() {
                return Err(ServiceError::Ended { name, ready, output: process.output() });
            }
            if start.elapsed() > READY {
                return Err(ServiceError::Silent { name, ready, output: process.output() });
            }
            if cancel.load(Ordering::Relaxed) {
                return Err(ServiceError::Interrupted);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let variable = format!("RUSTWORTHY_SERVICE_{}", service.name.to_uppercase().replace('-', "_"));
        self.env.insert(variable, origin_of(&ready));
        self.running.push(process);
        Ok(())
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// `http://127.0.0.1:8080` of `http://127.0.0.1:8080/healthz`.
fn origin_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    format!("{scheme}://{}", rest.split('/').next().unwrap_or(rest))
}

/// Whether a GET of the URL is answered with 2xx.
fn answers(url: &str) -> bool {
    ask(url).is_ok_and(|status| (200..300).contains(&status))
}

/// The status of a GET. One request of HTTP/1.0 doesn't need a client library.
fn ask(url: &str) -> io::Result<u16> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let rest = url.strip_prefix("http://").ok_or_else(invalid)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let port: u16 = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    let status = std::str::from_utf8(&head[9..]).ok().and_then(|status| status.parse().ok());
    status.ok_or_else(invalid)
}
