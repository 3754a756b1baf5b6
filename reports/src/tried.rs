//! What `try` found, in words: what is to be had for nothing, and what no Rust can exceed.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::Workload;
use rustworthy_model::equivalence::EquivalenceStatus;
use rustworthy_model::figures;
use rustworthy_model::tried::{Boundary, Candidate, Crossing, Form, Tried};

use crate::measure::Measure;
use crate::visible::{name, note, short_line};

/// Characters of a reason that are shown.
const REASON: usize = 160;

/// The lines about what was tried of a workload; none of a run that tried nothing.
pub(crate) fn lines(workload: &Workload) -> Vec<String> {
    let Some(Tried { candidates, passed_over, boundary }) = &workload.tried else { return Vec::new() };
    let found: Vec<String> = alike(candidates).map(|alike| candidate_words(alike, workload)).collect();
    let for_nothing = if found.is_empty() {
        "to be had for nothing: there is no other Python and no compiler to try".to_owned()
    } else {
        format!("to be had for nothing: {}", found.join(", "))
    };
    let passed_over = passed_over.iter().map(|one| format!("passed over: {}", short_line(&one.why, 2 * REASON)));
    std::iter::once(for_nothing).chain(boundary.iter().map(boundary_words)).chain(passed_over).collect()
}

/// Candidates one by one, but together those that there is nothing to gain by for the same reason.
fn alike(candidates: &[Candidate]) -> impl Iterator<Item = &[Candidate]> {
    candidates.chunk_by(|one, other| one.needless && other.needless && one.failure == other.failure)
}

/// `mypyc: 4.20× ±1.2% (annotations are enforced)`
fn candidate_words(alike: &[Candidate], workload: &Workload) -> String {
    let [candidate, ..] = alike else { return String::new() };
    if candidate.needless {
        return needless_words(alike);
    }
    let label = name(&candidate.label);
    if let Some(failure) = &candidate.failure {
        return format!("{label}: can't ({})", short_line(failure, REASON));
    }
    let row = workload.contenders.iter().find(|contender| contender.name == candidate.name);
    let found = match row {
        Some(row) if row.equivalence.status == EquivalenceStatus::Different => {
            let detail = row.equivalence.detail.as_deref().map(|detail| format!(" ({})", short_line(detail, REASON)));
            return format!("{label}: differs{}", detail.unwrap_or_default());
        }
        Some(row) => match row.speedup {
            Some(speedup) => measured(speedup),
            None => "no speedup known".to_owned(),
        },
        None => "not measured".to_owned(),
    };
    match &candidate.remark {
        Some(remark) => format!("{label}: {found} ({})", note(remark)),
        None => format!("{label}: {found}"),
    }
}

/// `mypyc and Cython: nothing to gain (it waits for 95 % of its time)`
fn needless_words(alike: &[Candidate]) -> String {
    let labels: Vec<String> = alike.iter().map(|one| name(&one.label)).collect();
    let why = alike.iter().find_map(|one| one.failure.as_deref()).unwrap_or_default();
    format!("{}: nothing to gain ({})", labels.join(" and "), short_line(why, REASON))
}

/// What no Rust can exceed.
fn boundary_words(boundary: &Boundary) -> String {
    if let Some(failure) = &boundary.failure {
        return format!("no ceiling for Rust: {}", short_line(failure, 2 * REASON));
    }
    let types = match (&boundary.argument, &boundary.result) {
        (Some(argument), Some(result)) => format!("`{} → {}`", note(argument), note(result)),
        _ => "this boundary".to_owned(),
    };
    let ceiling = |form: Form| boundary.crossing(form).and_then(|crossing| crossing.ceiling);
    let plain = |form: Form| ceiling(form).map(measured);
    let Some(cheapest) = ceiling(Form::Cheapest) else {
        let crossing = boundary.crossing(Form::Cheapest);
        let cost = |crossing: &Crossing| format!("; crossing it takes {}", figures::seconds(crossing.seconds.estimate));
        return format!("no ceiling for Rust behind {types}{}", crossing.map(cost).unwrap_or_default());
    };
    let owned = plain(Form::Owned).map(|ceiling| format!(" ({ceiling} by plain objects that own everything)"));
    let bytes = plain(Form::Bytes).map(|ceiling| format!("; behind bytes in place of the argument {ceiling}"));
    format!(
        "no Rust behind {types} that reads all of its argument can be more than {} as fast here{}{}{}",
        measured(cheapest),
        owned.unwrap_or_default(),
        bytes.unwrap_or_default(),
        opaque_words(&boundary.opaque)
    )
}

/// What of that costs nothing, since nothing is known of it.
fn opaque_words(classes: &[String]) -> String {
    if classes.is_empty() {
        return String::new();
    }
    let names: Vec<String> = classes.iter().map(|class| note(class)).collect();
    format!("; that counts nothing for values of {}, which cross as they are", short_line(&names.join(", "), REASON))
}

/// A ratio with its interval.
fn measured(ceiling: Estimate) -> String {
    Measure::new(ceiling, figures::factor).text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundary(ceilings: [Option<f64>; 3]) -> Boundary {
        let forms = [Form::Cheapest, Form::Owned, Form::Bytes];
        let crossing = |(form, ceiling): (Form, Option<f64>)| Crossing {
            form,
            seconds: Estimate::exactly(0.001),
            ceiling: ceiling.map(|ceiling| Estimate { estimate: ceiling, low: 0.99 * ceiling, high: 1.01 * ceiling }),
        };
        Boundary {
            argument: Some("list[dict[str, str]]".to_owned()),
            result: Some("list[str]".to_owned()),
            opaque: Vec::new(),
            failure: None,
            crossings: forms.into_iter().zip(ceilings).map(crossing).collect(),
        }
    }

    #[test]
    fn what_is_needless_has_its_reason_once() {
        let candidate = |label: &str, needless| Candidate {
            name: label.to_lowercase(),
            label: label.to_owned(),
            remark: None,
            failure: Some("it waits for 95 % of its time".to_owned()),
            needless,
        };
        let candidates = [candidate("3.13", false), candidate("mypyc", true), candidate("Cython", true)];
        let groups: Vec<&[Candidate]> = alike(&candidates).collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(needless_words(groups[1]), "mypyc and Cython: nothing to gain (it waits for 95 % of its time)");
    }

    #[test]
    fn the_boundary_is_a_bound_and_says_for_what() {
        assert_eq!(
            boundary_words(&boundary([Some(3.1), Some(1.2), Some(40.0)])),
            "no Rust behind `list[dict[str, str]] → list[str]` that reads all of its argument can be more than 3.10× ±1.0% \
             as fast here (1.20× ±1.0% by plain objects that own everything); behind bytes in place of the argument 40.0× ±1.0%"
        );
        let opaque = vec!["datetime.date".to_owned(), "decimal.Decimal".to_owned()];
        let words = boundary_words(&Boundary { opaque, ..boundary([Some(3.1), None, None]) });
        let end =
            "as fast here; that counts nothing for values of datetime.date, decimal.Decimal, which cross as they are";
        assert!(words.ends_with(end), "{words}");
        assert_eq!(
            boundary_words(&boundary([None, None, None])),
            "no ceiling for Rust behind `list[dict[str, str]] → list[str]`; crossing it takes 1.00 ms"
        );
        let unfit = Boundary { failure: Some("datetime.date can't be converted".to_owned()), ..boundary([None; 3]) };
        assert_eq!(boundary_words(&unfit), "no ceiling for Rust: datetime.date can't be converted");
    }
}
