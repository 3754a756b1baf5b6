//! Traffic for a server whose functions are recorded: GETs of its URLs, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use crate::probe::Probe;

/// How long a server may take until it answers.
pub(super) const READY: Duration = Duration::from_secs(60);

/// How long it's asked where nobody says how long.
pub(super) const USUAL: Duration = Duration::from_secs(10);

/// How often a server that doesn't answer yet is asked.
const POLL: Duration = Duration::from_millis(50);

/// Requests that are being made.
pub(super) struct Traffic {
    is_over: Arc<AtomicBool>,
    answered: Receiver<Instant>,
    since: Option<Instant>,
    asking: JoinHandle<Asked>,
}

/// What came of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Requests that were made once the server had answered.
    pub(super) requests: u64,
    /// Those that weren't answered, or by an error, by what came instead.
    pub(super) failed: BTreeMap<String, u64>,
}

/// The questions that URLs are.
///
/// # Errors
/// When one isn't of this machine, or somebody else answers there already.
pub(super) fn questions(urls: &[String]) -> Result<Vec<(String, Probe)>> {
    urls.iter()
        .map(|url| {
            let probe = Probe::of(url)
                .map_err(|error| anyhow!("--url {url}: {error}; give a whole one, http://127.0.0.1:8000/path"))?;
            if !probe.is_local() {
                bail!("--url {url}: that isn't on this machine, and only what is started here is recorded");
            }
            if let Some(address) = probe.taken() {
                bail!("--url {url}: another program listens at {address} already; stop it, or take another port");
            }
            Ok((url.clone(), probe))
        })
        .collect()
}

impl Traffic {
    /// Begins to ask for these in turn, as soon as the first is answered by anything.
    pub(super) fn begin(questions: Vec<(String, Probe)>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (tell, answered) = channel();
        let stop = Arc::clone(&is_over);
        let asking = std::thread::spawn(move || {
            let is_over = || stop.load(Ordering::Relaxed);
            while !is_over() && questions.iter().all(|(_, probe)| probe.status().is_err()) {
                std::thread::sleep(POLL);
            }
            let _ = tell.send(Instant::now());
            let mut asked = Asked::default();
            for (url, probe) in questions.iter().cycle().take_while(|_| !is_over()) {
                let what = match probe.status() {
                    Ok(status) if status < 400 => None,
                    Ok(status) => Some(format!("{url}: {status}")),
                    // The server ends before this does.
                    Err(_) if is_over() => break,
                    Err(error) => {
                        std::thread::sleep(POLL);
                        Some(format!("{url}: {error}"))
                    }
                };
                asked.requests += 1;
                if let Some(what) = what {
                    *asked.failed.entry(what).or_default() += 1;
                }
            }
            asked
        });
        Self { is_over, answered, since: None, asking }
    }

    /// Since when it has been answered.
    pub(super) fn since(&mut self) -> Option<Instant> {
        self.since = self.since.or_else(|| self.answered.try_recv().ok());
        self.since
    }

    /// Asks no more. The server is there still: a request that is under way is answered.
    pub(super) fn end(self) -> Asked {
        self.is_over.store(true, Ordering::Relaxed);
        self.asking.join().unwrap_or_default()
    }
}

impl Asked {
    /// What a user should know of it.
    pub(super) fn warning(&self) -> Option<String> {
        let failed: u64 = self.failed.values().sum();
        let (what, count) = self.failed.iter().max_by_key(|(_, count)| **count)?;
        Some(format!("{failed} of {} requests failed: {what} ({count})", self.requests))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn urls_are_asked_for_in_turn_and_errors_are_told() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = |path: &str| format!("http://{}/{path}", listener.local_addr().expect("an address"));
        let error = questions(&[url("good")]).expect_err("somebody listens");
        assert!(error.to_string().contains("another program listens at"), "{error}");
        drop(listener.accept().expect("it has looked"));
        let questions = ["good", "bad"].map(|path| (path.to_owned(), Probe::of(&url(path)).expect("a URL")));
        let mut traffic = Traffic::begin(questions.to_vec());
        for _ in 0..9 {
            let (mut stream, _) = listener.accept().expect("a request");
            let mut head = [0; 256];
            let read = stream.read(&mut head).expect("its head");
            let status = if head[..read].starts_with(b"GET /good ") { 200 } else { 404 };
            write!(stream, "HTTP/1.0 {status} X\r\n\r\nbody").expect("an answer");
        }
        assert!(traffic.since().is_some());
        drop(listener);
        let asked = traffic.end();
        assert!(asked.requests >= 8 && asked.failed["bad: 404"] == 4, "{asked:?}");
        assert!(asked.warning().is_some_and(|warning| warning.contains("requests failed")));
    }

    #[test]
    fn urls_elsewhere_are_refused() {
        for (url, why) in [("https://127.0.0.1/", "give a whole one"), ("http://192.0.2.1/", "isn't on this machine")] {
            let error = questions(&[url.to_owned()]).expect_err(url).to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
