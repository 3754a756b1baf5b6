//! The claims audit: published figures beside the measured ones, of all workloads.

use rustworthy_model::comparison::{Claim, ClaimVerdict, Quantity, Workload};
use rustworthy_model::figures::{self, Figure};

use crate::measure::Measure;
use crate::verdict::Tone;
use crate::visible::{name, note};
use crate::words;

/// All claims, by where they were published.
pub(crate) struct Audit {
    /// How many claims came to which verdict, in a sentence.
    pub(crate) tally: String,
    pub(crate) sources: Vec<Source>,
}

/// A publication and what was found of its claims.
pub(crate) struct Source {
    pub(crate) title: String,
    pub(crate) findings: Vec<Finding>,
}

/// One claim.
pub(crate) struct Finding {
    pub(crate) workload: String,
    pub(crate) contender: String,
    /// The figures as published, `68.0 s → 520 ms`.
    pub(crate) published: String,
    /// Their ratio.
    pub(crate) claimed: Figure,
    /// The ratio found here.
    pub(crate) measured: Option<Measure>,
    pub(crate) verdict: &'static str,
    pub(crate) tone: Tone,
    /// What kind of ratio it is where that isn't time against the baseline's, and why it can't be compared.
    pub(crate) remark: Option<String>,
}

impl Audit {
    /// The audit of all claims about these workloads; `None` without any.
    pub(crate) fn new<'a>(workloads: impl Iterator<Item = &'a Workload> + Clone) -> Option<Self> {
        let claims =
            || workloads.clone().flat_map(|workload| workload.claims.iter().map(move |claim| (workload, claim)));
        let mut sources: Vec<Source> = Vec::new();
        for (workload, claim) in claims() {
            let title = note(&claim.source);
            let finding = Finding::new(workload, claim);
            match sources.iter_mut().find(|source| source.title == title) {
                Some(source) => source.findings.push(finding),
                None => sources.push(Source { title, findings: vec![finding] }),
            }
        }
        let verdicts: Vec<ClaimVerdict> = claims().map(|(_, claim)| claim.verdict).collect();
        (!sources.is_empty()).then(|| Self { tally: tally(&verdicts), sources })
    }

    /// All findings, each with its source.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&Source, &Finding)> {
        self.sources.iter().flat_map(|source| source.findings.iter().map(move |finding| (source, finding)))
    }
}

impl Finding {
    fn new(workload: &Workload, claim: &Claim) -> Self {
        let measured = claim.measured().map(|ratio| Measure::new(ratio, figures::factor));
        Self {
            workload: name(&workload.name),
            contender: name(&claim.contender),
            published: published(claim),
            claimed: figures::factor(claim.claimed()),
            measured,
            verdict: words::claim(claim.verdict),
            tone: tone(claim.verdict),
            remark: remark(workload, claim),
        }
    }

    /// The measured ratio with its interval, or the mark for none.
    pub(crate) fn measured_text(&self) -> String {
        self.measured.as_ref().map_or_else(|| words::NOTHING.into(), Measure::text)
    }
}

fn published(claim: &Claim) -> String {
    let figure = match claim.quantity {
        Quantity::Time => figures::seconds,
        Quantity::PeakMemory => figures::decimal_bytes,
    };
    format!("{} → {}", figure(claim.published.against), figure(claim.published.contender))
}

fn tone(verdict: ClaimVerdict) -> Tone {
    match verdict {
        ClaimVerdict::Reproduced | ClaimVerdict::Exceeded => Tone::Good,
        ClaimVerdict::NotReproduced => Tone::Slow,
        ClaimVerdict::NotComparable => Tone::Plain,
    }
}

fn remark(workload: &Workload, claim: &Claim) -> Option<String> {
    let memory = (claim.quantity == Quantity::PeakMemory).then(|| "peak memory".to_owned());
    let against = (claim.against != workload.baseline).then(|| format!("against {}", claim.against));
    let what: Vec<String> = memory.into_iter().chain(against).collect();
    let parts = [Some(what.join(" ")).filter(|what| !what.is_empty()), claim.reason.clone()];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| note(&parts.join(": ")))
}

/// `14 claims: 2 reproduced, 9 not reproduced, 3 not comparable`
fn tally(verdicts: &[ClaimVerdict]) -> String {
    const ORDER: [ClaimVerdict; 4] =
        [ClaimVerdict::Reproduced, ClaimVerdict::Exceeded, ClaimVerdict::NotReproduced, ClaimVerdict::NotComparable];
    let count = |verdict| verdicts.iter().filter(|found| **found == verdict).count();
    let counts: Vec<String> = ORDER
        .into_iter()
        .filter(|&verdict| count(verdict) > 0)
        .map(|verdict| format!("{} {}", count(verdict), words::claim(verdict)))
        .collect();
    let claims = if verdicts.len() == 1 { "1 claim".to_owned() } else { format!("{} claims", verdicts.len()) };
    format!("{claims}: {}", counts.join(", "))
}
