//! The workloads as a server: HTTP/1.1 and gRPC on one port of the loopback interface.
//!
//! `POST /NAME` is answered by the endpoint of that name: 200 and its bytes, or 422 and the refusal as JSON. gRPC
//! clients begin with HTTP/2 and need no other port. `GET /healthz` tells that the server is up.
//!
//! Whoever can connect from this machine could ask, a page in a browser among them. So requests for another host, and those of
//! a page, are forbidden (403), and so are those without the token of the run, where the environment has one.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request};
use axum::http::uri::Authority;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::answer::{Failure, LONGEST_BODY, compute};
use crate::{grpc, registry};

/// Where the server says that it is up.
const HEALTH: &str = "/healthz";

/// The variable in which server and contenders find the token of the run.
const TOKEN_VARIABLE: &str = "RUSTWORTHY_TOKEN";

/// Serves until the process ends.
///
/// # Errors
/// When the port can't be listened at.
pub fn serve(port: u16) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        // Without it the last piece of an answer may wait 40 ms for the caller's acknowledgement.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router()).await
    })
}

fn router() -> Router {
    Router::new()
        .route(HEALTH, get(|| async { "ok\n" }))
        .route("/{name}", post(respond))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .merge(grpc::router())
        .layer(from_fn(allow))
}

/// Lets requests of the run pass, and of whoever asks whether the server is up.
async fn allow(request: Request, next: Next) -> Response {
    if is_allowed(&request) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "only the run that started this server is answered\n").into_response()
    }
}

fn is_allowed(request: &Request) -> bool {
    static TOKEN: LazyLock<Option<String>> = LazyLock::new(|| std::env::var(TOKEN_VARIABLE).ok());
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host = request.uri().authority().map(Authority::as_str).or_else(|| header(header::HOST)).unwrap_or_default();
    let is_ours = request.uri().path() == HEALTH
        || TOKEN.as_deref().is_none_or(|token| header(header::AUTHORIZATION) == Some(&format!("Bearer {token}")));
    is_loopback(host) && !request.headers().contains_key(header::ORIGIN) && is_ours
}

/// Whether a host, with or without a port, is this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

async fn respond(Path(name): Path<String>, body: Bytes) -> Response {
    let Some(endpoint) = registry::served(&name) else {
        return (StatusCode::NOT_FOUND, format!("there is no endpoint '{name}'\n")).into_response();
    };
    match compute(|| (endpoint.respond)(&body)) {
        Ok(answer) => answer.into_response(),
        Err(Failure::Refused(refusal)) => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::UNPROCESSABLE_ENTITY, json, refusal.to_json()).into_response()
        }
        Err(Failure::Panicked) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("endpoint '{name}' panicked\n")).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for host in ["127.0.0.1:8080", "127.0.0.1", "localhost:1", "localhost", "[::1]:8080", "[::1]", "127.0.0.2:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "example.org", "example.org:80", "10.0.0.1:80", "localhost.example.org", "[::2]:80"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
