//! Services of a manifest: started before, stopped after, on the loopback interface alone.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustworthy_protocol::variables::TOKEN;

use crate::manifest::Service;
use crate::probe::Probe;
use crate::process::Variables;
use crate::workers::ProcessTree;

/// How long a service may take until it answers.
const READY: Duration = Duration::from_secs(60);

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
    /// Somebody else has its port.
    #[error(
        "service '{name}': another program listens at {address} already; stop it, or let a port be chosen: {{port}} in `command` and `ready`"
    )]
    Taken {
        /// Name of the service.
        name: String,
        /// Where it was to listen.
        address: SocketAddr,
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
        if !services.is_empty() {
            started.env.insert(TOKEN.to_owned(), format!("{:032x}", rand::random::<u128>()));
        }
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
        let ready = service.ready.replace("{port}", &port);
        let probe = Probe::of(&ready).map_err(not_started)?;
        // Or another program's answers would be measured, while the service can't have its port.
        if let Some(address) = probe.taken() {
            return Err(ServiceError::Taken { name: service.name.clone(), address });
        }
        let token = self.env.iter().filter(|(name, _)| *name == TOKEN);
        let variables = token.fold(Variables::default(), |variables, (name, token)| variables.set(name, token));
        let mut process = ProcessTree::start(program, &command, root, &variables).map_err(not_started)?;

        let start = Instant::now();
        loop {
            let is_ready = probe.is_answered();
            let (name, ready) = (service.name.clone(), ready.clone());
            if process.has_ended() {
                return Err(ServiceError::Ended { name, ready, output: process.output() });
            }
            if is_ready {
                break;
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
    format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_whose_port_is_taken_is_not_started() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let ready = format!("http://{}/", listener.local_addr().unwrap());
        let service = Service { name: "scorer".to_owned(), command: vec!["true".to_owned()], ready };
        let error =
            Services::start(&[service], Path::new("."), Path::new("nothing"), &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().contains("another program listens at 127.0.0.1"), "{error}");
    }
}
