//! The workloads as a gRPC service, with the typed messages of `proto/routes.proto`.
//!
//! A refusal is INVALID_ARGUMENT, with the exception's name in the metadata.

use axum::Router;
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};

use crate::answer::{Failure, LONGEST_BODY, compute};
use crate::endpoint::Refusal;
use crate::messages::workloads_server::{Workloads, WorkloadsServer};
use crate::messages::{
    HashRequest, HashResponse, Image, RecordsRequest, RecordsResponse, SumSquaresRequest, SumSquaresResponse,
};
use crate::{pixels, records, string_hash, sum_squares};

/// The name under which metadata hold the exception to raise.
const EXCEPTION: &str = "exception";

struct Service;

#[tonic::async_trait]
impl Workloads for Service {
    async fn sum_squares(&self, request: Request<SumSquaresRequest>) -> Result<Response<SumSquaresResponse>, Status> {
        answer(request, |SumSquaresRequest { n }| sum_squares::answer(n))
    }

    async fn process_records(&self, request: Request<RecordsRequest>) -> Result<Response<RecordsResponse>, Status> {
        answer(request, |RecordsRequest { records }| records::answer(&records))
    }

    async fn brighten(&self, request: Request<Image>) -> Result<Response<Image>, Status> {
        answer(request, pixels::answer)
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
    Status::with_metadata(Code::InvalidArgument, refusal.shortened(), metadata)
}

/// Its routes, to be merged with others.
pub(crate) fn router() -> Router {
    let service =
        WorkloadsServer::new(Service).max_decoding_message_size(LONGEST_BODY).max_encoding_message_size(LONGEST_BODY);
    // Its answer to unknown paths would be a 200, which only gRPC clients read as a refusal.
    Routes::new(service).into_axum_router().reset_fallback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_its_exception_and_survives_any_script() {
        let status = status(&Refusal::new("ValueError", "山"));
        assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "山"));
        assert_eq!(status.metadata().get(EXCEPTION).unwrap(), "ValueError");
    }
}
