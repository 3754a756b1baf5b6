//! OTLP over gRPC: one method, whose messages come behind five bytes each.
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};

use super::http::{body, header};
use super::receiver::{Receiver, Refusal};
use super::unpack::{Packing, unpacked};

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const KIND: HeaderValue = HeaderValue::from_static("application/grpc");

/// Of the codes of gRPC: the request is wrong, it's too much, and it may be sent again.
const INVALID_ARGUMENT: u8 = 3;
const RESOURCE_EXHAUSTED: u8 = 8;
const UNAVAILABLE: u8 = 14;

/// Bytes before a message: whether it is packed, and its length.
const PREFIX: usize = 5;

/// Takes traces.
pub(super) async fn export(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    match received(&receiver, request).await {
        Ok(()) => done(),
        Err(Refusal::Wrong(why)) => failed(INVALID_ARGUMENT, &why),
        Err(Refusal::TooLarge) => failed(RESOURCE_EXHAUSTED, "the message is too large"),
        Err(Refusal::Busy | Refusal::Full) => failed(UNAVAILABLE, "no room now"),
    }
}

async fn received(receiver: &Receiver, request: Request) -> Result<(), Refusal> {
    let encoding = header(request.headers(), ENCODING);
    let bytes = body(receiver, request).await?;
    let (is_packed, message) = framed(&bytes).map_err(|refusal| receiver.refuse(refusal))?;
    let packing = if is_packed { Packing::named(&encoding) } else { Some(Packing::Plain) };
    let Some(packing) = packing else {
        return Err(receiver.refuse(Refusal::Wrong(format!("its encoding is '{encoding}', and only gzip is known"))));
    };
    let message = unpacked(message.to_vec(), packing).map_err(|refusal| receiver.refuse(refusal))?;
    receiver.take(&message)
}

/// The only message of a call, and whether it is packed.
fn framed(bytes: &[u8]) -> Result<(bool, &[u8]), Refusal> {
    let wrong = |why: &str| Refusal::Wrong(why.to_owned());
    let (prefix, rest) = bytes.split_at_checked(PREFIX).ok_or_else(|| wrong("it has no message"))?;
    let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize;
    match prefix[0] {
        0 | 1 if rest.len() == length => Ok((prefix[0] == 1, rest)),
        0 | 1 => Err(wrong("its message has another length than it says")),
        _ => Err(wrong("it isn't a message of gRPC")),
    }
}

/// An answer without anything in it.
fn done() -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert(STATUS, HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from_static(&[0; PREFIX])).with_trailers(async move { Some(Ok(trailers)) });
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(CONTENT_TYPE, KIND);
    response
}

fn failed(code: u8, why: &str) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, KIND);
    headers.insert(STATUS, HeaderValue::from(u16::from(code)));
    if let Ok(text) = HeaderValue::from_str(&percent_encoded(why)) {
        headers.insert(MESSAGE, text);
    }
    response
}

/// Text as gRPC wants it: what isn't printable ASCII is written as `%XX`.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'%' | 0..=0x1f | 0x7f.. => format!("%{byte:02X}"),
            _ => char::from(byte).to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_one_whole_message() {
        assert_eq!(framed(&[0, 0, 0, 0, 2, 7, 8]), Ok((false, &[7, 8][..])));
        assert_eq!(framed(&[1, 0, 0, 0, 0]), Ok((true, &[][..])));
        for wrong in [&[][..], &[0, 0, 0, 0], &[0, 0, 0, 0, 3, 7, 8], &[0, 0, 0, 0, 1, 7, 8], &[2, 0, 0, 0, 1, 7]] {
            assert!(framed(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn words_are_printable() {
        assert_eq!(percent_encoded("50 % of ü\n"), "50 %25 of %C3%BC%0A");
    }
}
