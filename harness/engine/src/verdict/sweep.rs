//! From measurements of a workload at many sizes to costs and break-even sizes.

use std::collections::BTreeMap;

use rustworthy_model::comparison::{Contender, Route, Workload};
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus, Status};
use rustworthy_model::sweep::{Cost, CostUnit, Sweep, SweptContender, SweptPoint, SweptSize};

use super::break_even::{SpeedupAt, break_even};
use super::cost::{self, Times};
use super::summary::{processes_of, summarise};
use crate::measure::{Effort, Planned, Record};
use rustworthy_stats::{self as stats, Resampling};

/// CPU over wall time up to which a kernel counts as serial.
const SERIAL: f64 = 1.1;

/// The sweep of one workload over ascending sizes. A size that has no record yet is left out.
pub fn sweep(sizes: &[(Planned<'_>, Option<&Record>)], effort: &Effort, resampling: &Resampling) -> Sweep {
    let sizes: Vec<Size> =
        sizes.iter().map(|(planned, record)| Size::new(planned, *record, effort, resampling)).collect();
    let sweep = Sweeping { sizes: &sizes, resampling };
    let names = sizes.last().map(|size| size.contenders.as_slice()).unwrap_or_default();
    Sweep {
        sizes: sizes.iter().map(Size::swept).collect(),
        contenders: names.iter().map(|name| sweep.contender(name)).collect(),
    }
}

/// The results at one size.
struct Size<'a> {
    size: u64,
    /// Names of all contenders, in the order of the manifest.
    contenders: Vec<&'a str>,
    record: Option<&'a Record>,
    /// Empty where the size is left out.
    result: Option<Workload>,
    left_out: Option<String>,
}

impl<'a> Size<'a> {
    fn new(planned: &'a Planned<'_>, record: Option<&'a Record>, effort: &Effort, resampling: &Resampling) -> Self {
        let left_out = match record.map(|record| &record.input_failure) {
            None => Some("the run ended before its turn".to_owned()),
            Some(Some(failure)) => Some(format!("making the input failed: {failure}")),
            Some(None) => None,
        };
        Self {
            size: planned.size,
            contenders: planned.contenders.iter().map(|contender| contender.name.as_str()).collect(),
            result: record.filter(|_| left_out.is_none()).map(|record| summarise(planned, record, effort, resampling)),
            record,
            left_out,
        }
    }

    fn swept(&self) -> SweptSize {
        SweptSize { size: self.size, input_bytes: self.input_bytes(), left_out: self.left_out.clone() }
    }

    fn input_bytes(&self) -> Option<u64> {
        self.result.as_ref()?.input.bytes
    }

    fn contender(&self, name: &str) -> Option<&Contender> {
        self.result.as_ref()?.contenders.iter().find(|contender| contender.name == name)
    }

    fn point(&self, name: &str) -> SweptPoint {
        match self.contender(name) {
            Some(contender) => SweptPoint {
                status: contender.status,
                error: contender.error.clone(),
                equivalence: contender.equivalence.clone(),
                seconds: contender.seconds,
                speedup: contender.speedup,
            },
            None => SweptPoint {
                status: Status::Skipped,
                error: self.left_out.clone(),
                equivalence: Equivalence {
                    status: EquivalenceStatus::Unchecked,
                    detail: None,
                    expected: None,
                    hint: None,
                    test: None,
                },
                seconds: None,
                speedup: None,
            },
        }
    }
}

struct Sweeping<'a> {
    sizes: &'a [Size<'a>],
    resampling: &'a Resampling,
}

impl Sweeping<'_> {
    fn contender(&self, name: &str) -> SweptContender {
        let points: Vec<SweptPoint> = self.sizes.iter().map(|size| size.point(name)).collect();
        let speedups: Vec<SpeedupAt> = self
            .sizes
            .iter()
            .zip(&points)
            .filter_map(|(size, point)| Some(SpeedupAt { size: size.size, speedup: point.speedup? }))
            .collect();
        SweptContender { name: name.to_owned(), break_even: break_even(&speedups), cost: self.cost(name), points }
    }

    /// The cost of the boundary where there is one and a kernel to subtract; of whole calls elsewhere.
    fn cost(&self, name: &str) -> Option<Cost> {
        let times: BTreeMap<u64, Times> = self.times(name, |contender| contender.seconds.is_some());
        if times.is_empty() {
            return None;
        }
        let confidence = self.resampling.confidence;
        let (over_kernel, fit) = match self.kernel(name) {
            Some(kernel) => {
                let is_equal = |contender: &Contender| contender.speedup.is_some();
                let (times, kernel_times) = (self.times(name, is_equal), self.times(kernel, is_equal));
                let pairs = times.iter().filter_map(|(size, times)| Some((times, kernel_times.get(size)?)));
                (Some(kernel.to_owned()), cost::of_boundary(pairs, confidence))
            }
            None => (None, cost::of_calls(times.values(), confidence)),
        };
        Some(Cost { over_kernel, unit: self.unit(), fit })
    }

    fn unit(&self) -> CostUnit {
        let mut measured = self.sizes.iter().filter(|size| size.left_out.is_none());
        if measured.all(|size| size.input_bytes().is_some()) { CostUnit::Byte } else { CostUnit::Size }
    }

    /// Times of a contender by size, at the sizes where `is_fit` accepts its result.
    fn times(&self, name: &str, is_fit: impl Fn(&Contender) -> bool) -> BTreeMap<u64, Times> {
        let unit = self.unit();
        let at = |size: &Size<'_>| {
            size.contender(name).filter(|contender| is_fit(contender))?;
            let amount = match unit {
                CostUnit::Byte => size.input_bytes()?,
                CostUnit::Size => size.size,
            };
            let rounds = stats::in_rounds(&processes_of(size.record?, name));
            Some((size.size, Times { amount: amount as f64, rounds }))
        };
        self.sizes.iter().filter_map(at).collect()
    }

    /// The kernel that a contender is likely to call, where a boundary lies between the two: the one whose name shares
    /// most words with the contender's (`pyo3-rayon`, `kernel-rayon`), else the fastest serial one. It has to be equal, as
    /// the contender has to be.
    fn kernel(&self, name: &str) -> Option<&str> {
        let both = |size: &&Size<'_>| size.contender(name).is_some_and(|contender| contender.speedup.is_some());
        let result = self.sizes.iter().rev().find(both)?.result.as_ref()?;
        let contender = result.contenders.iter().find(|contender| contender.name == name)?;
        if matches!(contender.route, Route::InProcess | Route::Kernel) {
            return None;
        }
        let kernels = result.contenders.iter().filter(|one| one.route == Route::Kernel && one.speedup.is_some());
        kernels
            .min_by(|a, b| preference(a, name).partial_cmp(&preference(b, name)).unwrap_or(std::cmp::Ordering::Equal))
            .map(|kernel| kernel.name.as_str())
    }
}

/// The lower, the likelier a contender of that name calls this kernel.
fn preference(kernel: &Contender, name: &str) -> (std::cmp::Reverse<usize>, bool, f64) {
    let shared = kernel.name.split('-').filter(|word| name.split('-').any(|other| other == *word)).count();
    let is_parallel = kernel.cpu_over_wall.is_some_and(|ratio| ratio > SERIAL);
    (std::cmp::Reverse(shared), is_parallel, kernel.seconds.map_or(f64::INFINITY, |seconds| seconds.estimate))
}
