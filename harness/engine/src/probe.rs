//! GETs of what listens on this machine.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long it may take to be heard, and to be answered where the head of the answer is all that is asked for.
const ANSWER: Duration = Duration::from_secs(2);

/// How long a part of a whole answer may take.
const WHOLE_ANSWER: Duration = Duration::from_secs(30);

/// Bytes of an answer that are read.
const LARGEST: u64 = 1 << 30;

/// A GET of a URL on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    /// Where it listens: `localhost` has several addresses.
    addresses: Vec<SocketAddr>,
    /// Host and port as the URL has them.
    authority: String,
    /// Path and query.
    target: String,
}

impl Probe {
    /// That of an `http` URL. Addresses that aren't of this machine are left out.
    ///
    /// # Errors
    /// When it's no such URL, or its host has no address.
    pub(crate) fn of(url: &str) -> io::Result<Self> {
        let rest = url.strip_prefix("http://").ok_or(io::ErrorKind::InvalidInput)?;
        let rest = rest.split('#').next().unwrap_or(rest);
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        let named = if has_port { authority.to_owned() } else { format!("{authority}:80") };
        let addresses = named.to_socket_addrs()?.filter(|address| address.ip().is_loopback()).collect();
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Self { addresses, authority: authority.to_owned(), target })
    }

    /// Where somebody listens already.
    pub(crate) fn taken(&self) -> Option<SocketAddr> {
        let mut addresses = self.addresses.iter().copied();
        addresses.find(|address| TcpStream::connect_timeout(address, ANSWER).is_ok())
    }

    /// Whether it is answered with 2xx.
    pub(crate) fn is_answered(&self) -> bool {
        self.addresses
            .iter()
            .any(|&address| self.ask(address, ANSWER, false).is_ok_and(|status| (200..300).contains(&status)))
    }

    /// Whether it leads anywhere on this machine.
    pub(crate) fn is_local(&self) -> bool {
        !self.addresses.is_empty()
    }

    /// The status of the answer, which is read to its end.
    ///
    /// # Errors
    /// Why there is none, of the last address.
    pub(crate) fn status(&self) -> io::Result<u16> {
        let mut failure = io::ErrorKind::AddrNotAvailable.into();
        for &address in &self.addresses {
            match self.ask(address, WHOLE_ANSWER, true) {
                Ok(status) => return Ok(status),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The status of the answer from one address. One request of HTTP/1.0 doesn't need a client library.
    fn ask(&self, address: SocketAddr, patience: Duration, is_whole: bool) -> io::Result<u16> {
        let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
        stream.set_read_timeout(Some(patience))?;
        // At once: a server may take what comes first for all.
        let request = format!("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", self.target, self.authority);
        stream.write_all(request.as_bytes())?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        if is_whole {
            io::copy(&mut stream.take(LARGEST), &mut io::sink())?;
        }
        let status = std::str::from_utf8(&head[9..]).ok().and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_asks_where_its_url_leads() {
        for (url, address, authority, target) in [
            ("http://127.0.0.1:8000/healthz", "127.0.0.1:8000", "127.0.0.1:8000", "/healthz"),
            ("http://127.0.0.2:8000?deep=1", "127.0.0.2:8000", "127.0.0.2:8000", "/?deep=1"),
            ("http://[::1]:8000/a/b?c#d", "[::1]:8000", "[::1]:8000", "/a/b?c"),
            ("http://[::1]", "[::1]:80", "[::1]", "/"),
            ("http://127.0.0.1#x", "127.0.0.1:80", "127.0.0.1", "/"),
        ] {
            let probe = Probe::of(url).unwrap();
            assert_eq!(probe.addresses, [address.parse().unwrap()], "{url}");
            assert_eq!((probe.authority.as_str(), probe.target.as_str()), (authority, target), "{url}");
        }
        assert!(Probe::of("https://127.0.0.1").is_err());
    }
}
