//! OTLP over HTTP: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;
use axum::routing::post;

use super::grpc;
use super::receiver::{MESSAGE, Receiver, Refusal};
use super::unpack::{Packing, unpacked};

pub(super) const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// The service of both protocols, which share a port.
pub(super) fn router(receiver: Arc<Receiver>) -> Router {
    Router::new()
        .route("/v1/traces", post(traces))
        .route("/opentelemetry.proto.collector.trace.v1.TraceService/Export", post(grpc::export))
        .fallback(elsewhere)
        .with_state(receiver)
}

/// Exporters of metrics and logs are told that there is nobody for these, once and for all.
async fn elsewhere(request: Request) -> Response {
    let text = format!("{} isn't here: traces alone are received, on /v1/traces\n", request.uri().path());
    response(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", text)
}

async fn traces(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    let kind = header(request.headers(), CONTENT_TYPE);
    let is_json = kind.starts_with(JSON);
    if !is_json && !kind.starts_with(PROTOBUF) {
        receiver.refuse(Refusal::Wrong(format!("its content type is '{kind}'")));
        return response(StatusCode::UNSUPPORTED_MEDIA_TYPE, "text/plain", format!("send {PROTOBUF} or {JSON}\n"));
    }
    match received(&receiver, request).await {
        Ok(()) if is_json => response(StatusCode::OK, JSON, "{}".to_owned()),
        Ok(()) => response(StatusCode::OK, PROTOBUF, String::new()),
        Err(refusal) => refused(refusal),
    }
}

async fn received(receiver: &Receiver, request: Request) -> Result<(), Refusal> {
    let encoding = header(request.headers(), CONTENT_ENCODING);
    let Some(packing) = Packing::named(&encoding) else {
        return Err(receiver.refuse(Refusal::Wrong(format!("its encoding is '{encoding}', and only gzip is known"))));
    };
    let bytes = body(receiver, request).await?;
    let message = unpacked(bytes, packing).map_err(|refusal| receiver.refuse(refusal))?;
    receiver.take(&message)
}

/// The bytes of a request, for which there has to be room.
pub(super) async fn body(receiver: &Receiver, request: Request) -> Result<Vec<u8>, Refusal> {
    let told = header(request.headers(), CONTENT_LENGTH).parse().unwrap_or(MESSAGE as u64);
    if told > MESSAGE as u64 {
        return Err(receiver.refuse(Refusal::TooLarge));
    }
    let _room = receiver.room(told)?;
    match to_bytes(request.into_body(), MESSAGE).await {
        Ok(bytes) => Ok(bytes.into()),
        // A sender that vanishes, or sends more than it has told.
        Err(error) => Err(receiver.refuse(Refusal::Wrong(format!("it can't be read whole: {error}")))),
    }
}

/// A header as text; nothing of one that isn't there.
pub(super) fn header(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_ascii_lowercase()
}

/// Exporters send again after 503, and give up after 400.
fn refused(refusal: Refusal) -> Response {
    let plain = "text/plain; charset=utf-8";
    match refusal {
        Refusal::Wrong(why) => response(StatusCode::BAD_REQUEST, plain, format!("{why}\n")),
        Refusal::TooLarge => response(StatusCode::PAYLOAD_TOO_LARGE, plain, format!("at most {MESSAGE} bytes\n")),
        Refusal::Busy | Refusal::Full => {
            let mut busy = response(StatusCode::SERVICE_UNAVAILABLE, plain, "no room now\n".to_owned());
            busy.headers_mut().insert(RETRY_AFTER, axum::http::HeaderValue::from_static("1"));
            busy
        }
    }
}

fn response(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(kind));
    response
}
