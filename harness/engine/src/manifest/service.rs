//! `[service.NAME]`

use std::net::{Ipv4Addr, Ipv6Addr};

use super::project::Service;
use super::quantity::quoted;
use super::shared::command;
use super::value::{Value, all};

/// Stands for the port that is chosen for a service.
const PORT: &str = "{port}";

/// Reads all services, in the order of the file.
pub(super) fn services(value: Option<Value<'_>>) -> Option<Vec<Service>> {
    let Some(value) = value else {
        return Some(Vec::new());
    };
    all(value.section()?.named().iter().map(|(name, value)| service(name, value)))
}

fn service(name: &str, value: &Value<'_>) -> Option<Service> {
    let section = value.section()?;
    let command_value = section.require("command");
    let ready_value = section.require("ready");
    section.finish();
    let command = command_value.as_ref().and_then(command);
    let ready = ready_value.and_then(|value| value.parsed(loopback_url));
    let (command, ready) = (command?, ready?);
    if ready.contains(PORT) && !command.iter().any(|word| word.contains(PORT)) {
        command_value?.error("`ready` refers to {port}, which the command doesn't contain; add \"{port}\" to it");
    }
    Some(Service { name: name.to_owned(), command, ready })
}

/// An `http` URL on this machine.
fn loopback_url(url: &str) -> Result<String, String> {
    let wrong = |what: &str| format!("{} {what}; write it like \"http://127.0.0.1:{PORT}/healthz\"", quoted(url));
    let rest = url.strip_prefix("http://").ok_or_else(|| wrong("isn't an http:// URL"))?;
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong("has a blank or control character"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = split_authority(authority);
    if !is_loopback(host) {
        return Err(wrong("isn't on this machine"));
    }
    let is_number = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0);
    if port.is_some_and(|port| port != PORT && !is_number(port)) {
        return Err(wrong("has no valid port"));
    }
    Ok(url.to_owned())
}

/// Host and port; an IPv6 host keeps its brackets.
fn split_authority(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_loopback(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()),
        None => host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::loopback_url;

    #[test]
    fn urls_on_this_machine_are_accepted() {
        for url in [
            "http://127.0.0.1:{port}/healthz",
            "http://localhost:8080",
            "http://[::1]:{port}/?a=b",
            "http://127.0.0.2/",
        ] {
            assert_eq!(loopback_url(url).as_deref(), Ok(url));
        }
    }

    #[test]
    fn all_other_urls_are_refused() {
        for url in [
            "",
            "127.0.0.1:{port}",
            "https://127.0.0.1:{port}",
            "http://example.com:{port}",
            "http://127.0.0.1@example.com/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1:{prt}/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:70000/",
            "http://[::2]:80/",
            "http://127.0.0.1:80/a b",
            "http://",
        ] {
            assert!(loopback_url(url).is_err(), "{url}");
        }
    }
}
