//! The workloads as a server: HTTP/1.1 and gRPC on one port of the loopback interface.
//!
//! `POST /NAME` is answered by the endpoint of that name: 200 and its bytes, or 422 and the refusal as JSON. gRPC
//! clients begin with HTTP/2 and need no other port. `GET /healthz` tells that the server is up.

use std::io;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::answer::{Failure, LONGEST_BODY, compute};
use crate::{grpc, registry};

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
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/{name}", post(respond))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .merge(grpc::router())
}

async fn respond(Path(name): Path<String>, body: Bytes) -> Response {
    let Some(endpoint) = registry::endpoint(&name) else {
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
