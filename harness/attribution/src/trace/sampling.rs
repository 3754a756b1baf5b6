//! How many requests one stands for, where traces were sampled.
//!
//! Consistent probability sampling writes a threshold into the state of a trace (`ot=th:`, OpenTelemetry's "Tracestate:
//! Probability Sampling"); Honeycomb's tools write `SampleRate`, Jaeger's clients `sampler.type` and `sampler.param`. What was
//! chosen after its end, by latency or errors say, or up to a rate, stands for a number that nobody knows.

use std::cmp::Ordering;
use std::fmt;
use std::str;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::code;
use super::value::TagValue;

/// By what a request is known to stand for others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Weights {
    /// By what samplers write, where they do.
    #[default]
    Auto,
    /// Each stands for itself alone.
    None,
    /// By the number in an attribute of this name.
    Key(String),
}

/// Where a weight is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Threshold = 1,
    SampleRate,
    Param,
    Key,
}

impl Source {
    /// All of them, as they are numbered from 1.
    const ALL: [Self; 4] = [Self::Threshold, Self::SampleRate, Self::Param, Self::Key];

    pub(super) fn of(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
    }

    /// As results call it; a key by its own name.
    pub(super) fn name(self, weights: &Weights) -> &str {
        match (self, weights) {
            (Self::Key, Weights::Key(key)) => key,
            (Self::Threshold, _) => "ot=th",
            (Self::SampleRate, _) => SAMPLE_RATE,
            (Self::Param | Self::Key, _) => "sampler.param",
        }
    }
}

/// What a span tells of how its trace was sampled.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Mark {
    /// How many requests one stands for, and where that is from.
    pub(super) weight: Option<(f64, Source)>,
    /// It was chosen after its end, by what it was.
    pub(super) is_chosen: bool,
    /// It was kept as one of so many a second.
    pub(super) is_limited: bool,
}

impl Mark {
    /// That of a span of a scope that has itself one.
    pub(super) fn within(self, scope: Self) -> Self {
        Self {
            weight: self.weight.or(scope.weight),
            is_chosen: self.is_chosen || scope.is_chosen,
            is_limited: self.is_limited || scope.is_limited,
        }
    }

    /// What two spans of a trace tell together. Of weights it is the larger: that of the sampler which dropped more.
    pub(super) fn and(self, other: Self) -> Self {
        // Of equal ones that whose source goes before the other, whichever comes first.
        let larger = |one: (f64, Source), other: (f64, Source)| match one.0.total_cmp(&other.0) {
            Ordering::Less => other,
            Ordering::Equal if other.1 < one.1 => other,
            _ => one,
        };
        Self {
            weight: match (self.weight, other.weight) {
                (Some(one), Some(other)) => Some(larger(one, other)),
                (one, other) => one.or(other),
            },
            is_chosen: self.is_chosen || other.is_chosen,
            is_limited: self.is_limited || other.is_limited,
        }
    }
}

const SAMPLE_RATE: &str = "SampleRate";
const SAMPLER: &str = "sampler.type";
const PARAM: &str = "sampler.param";
/// What the OpenTelemetry Collector's processor for tail sampling calls what it writes, if it is told to.
const TAIL: &str = "tailsampling.";
/// Why Refinery kept a trace. What that stands for is in `SampleRate`.
const REFINERY: &str = "meta.refinery.reason";
/// The header of W3C, as an attribute of Jaeger's spans.
const STATE: &str = "w3c.tracestate";

/// Whether a span whose JSON is this text may have attributes that tell something, of its sampling or of its code.
pub(super) fn may_tell(weights: &Weights, text: &str) -> bool {
    /// In `SampleRate`, `sampler.type` and `tailsampling.policy`, and in `meta.refinery.reason`; `w3c.tracestate` is Jaeger's.
    static PARTS: LazyLock<[Finder<'static>; 3]> =
        LazyLock::new(|| ["ampl", "refinery", code::PREFIX].map(Finder::new));
    matches!(weights, Weights::Key(_)) || PARTS.iter().any(|part| part.find(text.as_bytes()).is_some())
}

/// Thresholds have so many hexadecimal digits, zeros at the end left out.
const DIGITS: usize = 14;
/// The number of thresholds.
const THRESHOLDS: u64 = 1 << 56;

/// Collects what attributes of a span tell of sampling.
pub(super) struct Marks<'a> {
    weights: &'a Weights,
    threshold: Option<f64>,
    rate: Option<f64>,
    sampler: Sampler,
    param: Option<f64>,
    key: Option<Result<f64, String>>,
    is_tail: bool,
    is_refinery: bool,
}

/// What a sampler of Jaeger's goes by.
#[derive(Clone, Copy, Default)]
enum Sampler {
    #[default]
    Unknown,
    Constant,
    Probability,
    Rate,
}

impl<'a> Marks<'a> {
    pub(super) fn new(weights: &'a Weights) -> Self {
        Self {
            weights,
            threshold: None,
            rate: None,
            sampler: Sampler::Unknown,
            param: None,
            key: None,
            is_tail: false,
            is_refinery: false,
        }
    }

    /// Whether an attribute of this name can tell something.
    pub(super) fn asks_for(&self, key: &[u8]) -> bool {
        // Most can't, as their first letters tell.
        match key.first() {
            Some(b's' | b'S' | b't' | b'm' | b'w') => {
                [SAMPLE_RATE, SAMPLER, PARAM, REFINERY, STATE].iter().any(|known| known.as_bytes() == key)
                    || key.starts_with(TAIL.as_bytes())
                    || self.is_key(key)
            }
            _ => self.is_key(key),
        }
    }

    fn is_key(&self, key: &[u8]) -> bool {
        matches!(self.weights, Weights::Key(own) if own.as_bytes() == key)
    }

    /// Takes in an attribute.
    pub(super) fn attribute(&mut self, key: &[u8], value: &TagValue<'_>) {
        if self.is_key(key) {
            self.key = Some(weight(value));
        }
        match str::from_utf8(key) {
            Ok(SAMPLE_RATE) => self.rate = value.number().map(|rate| if rate == 0.0 { 1.0 } else { rate }),
            Ok(PARAM) => self.param = value.number(),
            Ok(SAMPLER) => {
                self.sampler = match value {
                    TagValue::Text(text) => match &text[..] {
                        "const" => Sampler::Constant,
                        "probabilistic" => Sampler::Probability,
                        // The second keeps a trace that chance has not, so that some of every operation are kept.
                        "ratelimiting" | "lowerbound" => Sampler::Rate,
                        _ => Sampler::Unknown,
                    },
                    _ => Sampler::Unknown,
                }
            }
            Ok(REFINERY) => self.is_refinery = true,
            Ok(STATE) => {
                if let TagValue::Text(state) = value {
                    self.trace_state(state.as_bytes());
                }
            }
            Ok(other) => self.is_tail |= other.starts_with(TAIL),
            Err(_) => {}
        }
    }

    /// Takes in the state of a trace, `ot=th:c;rv:6e6d1a75832a2f,other=1`.
    pub(super) fn trace_state(&mut self, state: &[u8]) {
        let Ok(state) = str::from_utf8(state) else { return };
        let of_opentelemetry = state.split(',').find_map(|member| member.trim().strip_prefix("ot="));
        let threshold = of_opentelemetry.and_then(|own| own.split(';').find_map(|value| value.strip_prefix("th:")));
        self.threshold = threshold.and_then(weight_of_threshold).or(self.threshold);
    }

    /// What they tell together.
    ///
    /// # Errors
    /// For a key that is no weight.
    pub(super) fn read(self) -> Result<Mark, String> {
        let usable = |weight: f64| Some(weight).filter(|weight| (1.0..=THRESHOLDS as f64).contains(weight));
        let by_param = match (self.sampler, self.param) {
            (Sampler::Constant, _) => Some(1.0),
            (Sampler::Probability, Some(probability)) if probability > 0.0 => usable(1.0 / probability),
            _ => None,
        };
        let is_limited = matches!(self.sampler, Sampler::Rate);
        let rate = self.rate.and_then(usable);
        let weight = match self.weights {
            Weights::Key(key) => match self.key {
                Some(weight) => Some((weight.map_err(|why| format!("--weights {key}: {why}"))?, Source::Key)),
                None => None,
            },
            _ => (self.threshold.map(|weight| (weight, Source::Threshold)))
                .or_else(|| rate.map(|weight| (weight, Source::SampleRate)))
                .or_else(|| by_param.map(|weight| (weight, Source::Param))),
        };
        Ok(Mark { weight, is_chosen: self.is_tail || (self.is_refinery && rate.is_none()), is_limited })
    }
}

/// The weight that somebody says an attribute is.
fn weight(value: &TagValue<'_>) -> Result<f64, String> {
    match value.number() {
        Some(weight) if (1.0..=THRESHOLDS as f64).contains(&weight) => Ok(weight),
        Some(other) => Err(format!("{other} isn't how many requests one stands for, which is 1 or more")),
        None => Err("isn't a number; name an attribute that tells how many requests one stands for".to_owned()),
    }
}

/// How many requests one stands for that was kept since its random number isn't below this.
fn weight_of_threshold(digits: &str) -> Option<f64> {
    if digits.is_empty() || digits.len() > DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let threshold = u64::from_str_radix(digits, 16).ok()? << (4 * (DIGITS - digits.len()));
    Some(THRESHOLDS as f64 / (THRESHOLDS - threshold) as f64)
}

/// How requests were sampled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sampling {
    /// Requests among others that tell no weight, and count once.
    pub unweighted: u64,
    /// Those of traces that were chosen after their end, without a threshold that tells what for.
    pub chosen: u64,
    /// Those of traces that were kept as so many a second.
    pub limited: u64,
    /// Whether they were to be taken as they are.
    pub is_ignored: bool,
    /// Those whose threshold is taken to be that of the sampler which chose them.
    pub trusted: u64,
    /// By what they were weighed, where that is a histogram.
    pub calibrated: Option<Calibrated>,
}

/// A histogram by which requests were weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibrated {
    /// Its name.
    pub metric: String,
    /// Classes of latency in which there are requests.
    pub classes: usize,
}

impl Sampling {
    /// Why nothing can be said about quantiles, and what would change that; `None` where something can.
    pub fn refusal(&self) -> Option<String> {
        let Self { chosen, limited, .. } = self;
        if self.is_ignored || chosen + limited == 0 {
            return None;
        }
        let how = match (*chosen, *limited) {
            (chosen, 0) => {
                format!("{chosen} of the requests are of traces that were chosen after their end (tail sampling)")
            }
            (0, limited) => format!("{limited} of the requests are of traces that were kept as so many a second"),
            (chosen, limited) => format!(
                "{chosen} of the requests are of traces that were chosen after their end (tail sampling), {limited} of such \
                 as were kept as so many a second"
            ),
        };
        Some(format!(
            "{how}, and nothing tells how many others each stands for: quantiles would be those of the sampler. Sample by \
             probability (it writes `ot=th:`), name the attribute that tells it, --weights KEY, or give a histogram of the \
             latencies of all requests, --calibrate FILE; --weights none takes what was kept as it is"
        ))
    }
}

impl fmt::Display for Sampling {
    /// What is to be said of requests that were counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if self.unweighted > 0 {
            write!(f, "{} requests tell no weight, though others do; each counts once", self.unweighted)?;
            separator = "; ";
        }
        if let Some(Calibrated { metric, classes }) = &self.calibrated {
            write!(
                f,
                "{separator}requests are weighed so that as many are in each of {classes} classes of latency as in the histogram \
                 {metric}; that is right where in each class those that were kept are like those that weren't"
            )?;
            separator = "; ";
        }
        if self.trusted > 0 {
            write!(
                f,
                "{separator}{} requests were chosen after their end, and their thresholds are taken to be those of that choice",
                self.trusted
            )?;
        }
        Ok(())
    }
}
