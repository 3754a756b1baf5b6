//! The workloads as a gRPC service, with the typed messages of `proto/routes.proto`.
//!
//! A refusal is INVALID_ARGUMENT, with the exception's name in the metadata.

use axum::Router;
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};

use crate::endpoint::Refusal;
use crate::service::{Failure, LONGEST_BODY, compute};
use crate::{string_hash, sum_squares};
use messages::workloads_server::{Workloads, WorkloadsServer};
use messages::{HashRequest, HashResponse, SumSquaresRequest, SumSquaresResponse};

/// The messages and the service of `proto/routes.proto`.
#[allow(missing_docs, clippy::all)]
pub mod messages {
    tonic::include_proto!("rustworthy.routes");
}

/// The name under which metadata hold the exception to raise.
const EXCEPTION: &str = "exception";

/// Most of a refusal's message: clients accept 8 KiB of headers, and percent-encoding may triple it.
const LONGEST_MESSAGE: usize = 2000;

struct Service;

#[tonic::async_trait]
impl Workloads for Service {
    async fn sum_squares(&self, request: Request<SumSquaresRequest>) -> Result<Response<SumSquaresResponse>, Status> {
        answer(request, |SumSquaresRequest { n }| sum_squares::answer(n))
    }

    async fn hash(&self, request: Request<HashRequest>) -> Result<Response<HashResponse>, Status> {
        answer(request, |request| Ok(string_hash::answer(&request)))
    }
}

fn answer<Q, A>(request: Request<Q>, work: impl FnOnce(Q) -> Result<A, Refusal>) -> Result<Response<A>, Status> {
    match compute(|| work(request.into_inner())) {
        Ok(answer) => Ok(Response::new(answer)),
        Err(Failure::Refused(refusal)) => Err(status(&refusal)),
        Err(Failure::Panicked) => Err(Status::internal("the service panicked")),
    }
}

fn status(refusal: &Refusal) -> Status {
    let mut metadata = MetadataMap::new();
    metadata.insert(EXCEPTION, AsciiMetadataValue::from_static(refusal.exception));
    Status::with_metadata(Code::InvalidArgument, refusal.shortened(LONGEST_MESSAGE), metadata)
}

/// Its routes, to be merged with others.
pub(crate) fn router() -> Router {
    let service =
        WorkloadsServer::new(Service).max_decoding_message_size(LONGEST_BODY).max_encoding_message_size(LONGEST_BODY);
    // Its answer to unknown paths would be a 200, which only gRPC clients read as a refusal.
    Routes::new(service).into_axum_router().reset_fallback()
}
