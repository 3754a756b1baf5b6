//! What is suggested: commands that bring something new, and what the manifest lacks.

use rustworthy_model::attribution::Attribution;

use super::*;

/// Decided with these options, from comparisons that were made with these commands.
fn asked(known: &Known, common: &str, compare: &str, runs: &[&str]) -> Candidate {
    let words = |run: &&str| run.split(' ').map(str::to_owned).collect();
    let runs = runs.iter().map(words).collect();
    let asked = Asked { common: common.into(), compare: compare.into(), runs, ..Asked::default() };
    let project = project(&known.manifest);
    let measured = Measured {
        project: &project,
        workloads: known.comparison.iter().flat_map(|one| &one.workloads).map(|workload| (workload, 0.95)).collect(),
        attributions: known.attribution.iter().collect(),
        boundaries: Vec::new(),
        switches: &[],
        asked,
    };
    decide(&measured, &Terms::of(&project), &[]).candidates.remove(0)
}

#[test]
fn what_was_asked_for_is_asked_for_again() {
    let wide = asked(&named("too wide an interval"), " --seed 7", " --quick", &[]).command;
    let expected = "rustworthy compare validate --precision 1% --budget 300s --quick --seed 7";
    assert_eq!(wide.as_deref(), Some(expected));
    let thin = asked(&named("thin tail"), " --seed 7", " --quick", &[]).command;
    assert_eq!(thin.as_deref(), Some("rustworthy attribute api --requests 1000 --seed 7"));
}

#[test]
fn what_was_measured_with_as_much_is_not_suggested_once_more() {
    let known = named("too wide an interval");
    let after = |runs: &[&str]| asked(&known, "", "", runs).command.unwrap_or_default();
    let first = "rustworthy compare validate --precision 1% --budget 300s";
    assert_eq!(after(&["rustworthy compare other --budget 300s"]), first);
    let second = after(&[first]);
    assert_eq!(second, "rustworthy compare validate --precision 0.5% --budget 1200s");
    let third = after(&[first, &second]);
    assert_eq!(third, "rustworthy compare validate --precision 0.2% --budget 3600s");
    assert_eq!(after(&["rustworthy compare all --budget=300s", &second, &third]), "", "an hour tells what it can");
}

#[test]
fn a_contender_that_took_too_long_gets_more_time_once() {
    let mut known = named("outputs differ");
    let slow = &mut comparison_of(&mut known).workloads[0].contenders[1];
    (slow.status, slow.equivalence.status) = (Status::TimedOut, EquivalenceStatus::Unchecked);
    let first = asked(&known, "", "", &[]).command;
    assert_eq!(first.as_deref(), Some("rustworthy compare validate --timeout 600s"));
    assert_eq!(asked(&known, "", "", &[&first.unwrap()]).command, None);
}

#[test]
fn traces_are_not_measured_anew_from_here() {
    let mut known = named("model rejected");
    assert!(asked(&known, "", "", &[]).command.is_some_and(|command| command.contains("attribute api")));
    known.attribution.as_mut().unwrap().trace = Some(rustworthy_model::attribution::Trace::default());
    assert_eq!(asked(&known, "", "", &[]).command, None);
}

#[test]
fn a_function_that_none_stands_for_comes_with_the_table_to_add() {
    let known = Known { comparison: None, ..named("clear win") };
    let others =
        known.manifest.replace("service:validate", "service:parse").replace("[workload.validate", "[workload.parse");
    let mut known = Known { manifest: others, ..known };
    let function = &mut known.attribution.as_mut().unwrap().functions[0];
    function.name = "service:Api.parse".into();
    let found = asked(&known, "", "", &[]);
    assert_eq!(reasons(&found)[0], Reason::NoWorkload, "{found:#?}");
    let block = found.manifest.expect("a table");
    assert!(block.contains("[workload.api-parse]") && block.contains("replaces = \"service:Api.parse\""), "{block}");
    assert!(block.contains("def parse_one(arguments): return Api.parse(*arguments)"), "{block}");
    let filled = block.replace("MODULE:INPUT", "service:inputs").replace("MODULE:CONTENDER", "service:other");
    let whole = project(&format!("{}\n{filled}", known.manifest));
    let added = whole.workloads.iter().find(|workload| workload.name == "api-parse").expect("the workload");
    assert_eq!((added.contenders.len(), added.contenders[0].baseline), (2, true));
    // Another one gets another name.
    let mut again = Known { manifest: format!("{}\n{filled}", known.manifest), ..known };
    again.attribution.as_mut().unwrap().functions[0].name = "service:api_parse".into();
    let block = asked(&again, "", "", &[]).manifest.expect("a table");
    assert!(block.contains("[workload.api-parse-2]"), "{block}");
    // What can't be called by its name has none.
    again.attribution.as_mut().unwrap().functions[0].name = "service:handle.<locals>.parse".into();
    assert_eq!(asked(&again, "", "", &[]).manifest, None);
}

#[test]
fn what_is_left_needs_no_workload() {
    let known = Known { comparison: None, ..named("too rare to matter") };
    let manifest = known.manifest.replace("replaces = 'service:validate'\n", "");
    let left = asked(&Known { manifest, ..known }, "", "", &[]);
    assert_eq!((left.verdict, left.manifest), (Verdict::Leave, None));
}

#[test]
fn a_workload_stands_for_its_baseline_where_a_service_calls_that() {
    let known = named("clear win");
    let manifest = known.manifest.replace("replaces = 'service:validate'\n", "");
    let said = asked(&known, "", "", &[]);
    let joined = asked(&Known { manifest, ..known }, "", "", &[]);
    assert_eq!((&joined.function, &joined.reasons), (&said.function, &said.reasons));
}

/// The reason of a workload for `service:validate`, which none of the scenarios of these names and candidates has seen.
fn unseen(scenarios: &[(&str, &[&str])]) -> Reason {
    let mut known = named("clear win");
    let (before, _) = known.manifest.split_once("[scenario.").expect("a scenario");
    known.manifest = before.to_owned();
    let mut attributions: Vec<Attribution> = Vec::new();
    for (name, candidates) in scenarios {
        known.manifest += &format!(
            "[scenario.{name}]\nhandler = 'service:handle'\nrequests = 'service:requests'\ncount = 3000\n\
             arrivals = {{ process = 'closed' }}\n"
        );
        if !candidates.is_empty() {
            known.manifest += &format!("candidates = {candidates:?}\n");
        }
        let mut attribution = known.attribution.clone().expect("an attribution");
        attribution.scenario = (*name).to_owned();
        attribution.functions[0].name = "service:other".into();
        attributions.push(attribution);
    }
    let project = project(&known.manifest);
    let measured = Measured {
        project: &project,
        workloads: known.comparison.iter().flat_map(|one| &one.workloads).map(|workload| (workload, 0.95)).collect(),
        attributions: attributions.iter().collect(),
        boundaries: Vec::new(),
        switches: &[],
        asked: Asked::default(),
    };
    let found = decide(&measured, &Terms::of(&project), &["validate".to_owned()]).candidates.remove(0);
    assert_eq!((found.verdict, found.command.as_deref()), (Verdict::Inconclusive, None), "{found:#?}");
    reasons(&found).remove(0)
}

#[test]
fn a_function_that_was_not_seen_is_of_the_scenario_that_names_it_or_of_none() {
    let of = |scenario: Option<&str>| Reason::NotWatched {
        function: "service:validate".into(),
        scenario: scenario.map(str::to_owned),
    };
    assert_eq!(unseen(&[("first", &["service:other"]), ("second", &["service:validate"])]), of(Some("second")));
    assert_eq!(unseen(&[("first", &["service:other"]), ("second", &[])]), of(Some("second")));
    assert_eq!(unseen(&[("first", &[]), ("second", &[])]), of(None));
    assert_eq!(unseen(&[("first", &["service:other"])]), of(None));
}
