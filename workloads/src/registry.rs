//! All kernels and endpoints, by name and in the order of the workloads.

use crate::endpoint::Endpoint;
#[cfg(feature = "python")]
use crate::kernel::Kernel;
use crate::{csv_apply, ndjson, pixels, pixels_png, records, regex_logs, string_hash, sum_squares};
#[cfg(feature = "python")]
use crate::{protobuf, red_dict};

/// The names of all kernels. A program without Python has no kernels itself, and knows them by these.
pub const KERNEL_NAMES: [&str; 27] = [
    "sum-squares-article",
    "sum-squares-serial",
    "sum-squares-rayon",
    "csv-apply-article",
    "csv-apply-serial",
    "csv-apply",
    "protobuf-encode",
    "ndjson-article",
    "ndjson-serde-json",
    "ndjson-sonic",
    "ndjson-serial",
    "ndjson-rayon",
    "regex-logs-article",
    "regex-logs-ascii",
    "regex-logs-exact",
    "regex-logs-serial",
    "regex-logs-rayon",
    "pixels",
    "pixels-article",
    "pixels-png-level-6",
    "pixels-png-fast",
    "pixels-png-article",
    "hash-article",
    "hash",
    "records-serial",
    "records-rayon",
    "red-dict",
];

/// The kernels of each workload.
#[cfg(feature = "python")]
const KERNELS: &[&[Kernel]] = &[
    sum_squares::face::KERNELS,
    csv_apply::face::KERNELS,
    protobuf::KERNELS,
    ndjson::face::KERNELS,
    regex_logs::face::KERNELS,
    pixels::face::KERNELS,
    pixels_png::face::KERNELS,
    string_hash::face::KERNELS,
    records::face::KERNELS,
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
#[cfg(feature = "python")]
pub fn kernels() -> impl Iterator<Item = &'static Kernel> {
    KERNELS.iter().copied().flatten()
}

/// The kernel of that name.
#[cfg(feature = "python")]
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

    #[cfg(feature = "python")]
    #[test]
    fn every_kernel_is_known_by_its_name() {
        assert!(kernels().map(|kernel| kernel.name).eq(KERNEL_NAMES));
    }

    #[cfg(feature = "python")]
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
