//! All kernels and endpoints, by name and in the order of the workloads.

use crate::endpoint::Endpoint;
use crate::kernel::Kernel;
use crate::{csv_apply, ndjson, pixels, pixels_png, protobuf, records, red_dict, regex_logs, string_hash, sum_squares};

/// The kernels of each workload.
const KERNELS: &[&[Kernel]] = &[
    sum_squares::KERNELS,
    csv_apply::KERNELS,
    protobuf::KERNELS,
    ndjson::KERNELS,
    regex_logs::KERNELS,
    pixels::KERNELS,
    pixels_png::KERNELS,
    string_hash::KERNELS,
    records::KERNELS,
    red_dict::KERNELS,
];

/// The endpoints of each workload that has any.
const ENDPOINTS: &[&[Endpoint]] = &[
    sum_squares::ENDPOINTS,
    csv_apply::ENDPOINTS,
    ndjson::ENDPOINTS,
    regex_logs::ENDPOINTS,
    pixels::ENDPOINTS,
    pixels_png::ENDPOINTS,
    string_hash::ENDPOINTS,
    records::ENDPOINTS,
];

/// All kernels.
pub fn kernels() -> impl Iterator<Item = &'static Kernel> {
    KERNELS.iter().copied().flatten()
}

/// The kernel of that name.
pub fn kernel(name: &str) -> Option<&'static Kernel> {
    kernels().find(|kernel| kernel.name == name)
}

/// All endpoints.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().copied().flatten()
}

/// The endpoint of that name, if the server answers for it.
pub fn served(name: &str) -> Option<&'static Endpoint> {
    endpoint(name).filter(|endpoint| !endpoint.reads_files)
}

/// The endpoint of that name.
pub fn endpoint(name: &str) -> Option<&'static Endpoint> {
    endpoints().find(|endpoint| endpoint.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kernel_is_found_under_a_name_of_its_own() {
        let names: HashSet<_> = kernels().map(|kernel| kernel.name).collect();
        assert_eq!(names.len(), kernels().count());
        assert!(names.iter().all(|name| kernel(name).is_some_and(|kernel| kernel.name == *name)));
        assert!(kernel("no-such-kernel").is_none());
    }

    #[test]
    fn every_endpoint_is_found_under_a_name_of_its_own() {
        let names: HashSet<_> = endpoints().map(|endpoint| endpoint.name).collect();
        assert_eq!(names.len(), endpoints().count());
        assert!(names.iter().all(|name| endpoint(name).is_some_and(|endpoint| endpoint.name == *name)));
        assert!(endpoint("no-such-endpoint").is_none());
    }
}
