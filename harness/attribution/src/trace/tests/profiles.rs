//! Profiles, which are ranked and refused.

use prost::Message;

use super::super::profile::pprof::{self as messages, Function, Line, Location, Sample, ValueType};
use super::*;

fn profile(imported: Result<Imported, TraceError>) -> Profile {
    match imported {
        Ok(Imported::Profile(profile)) => profile,
        other => panic!("no profile: {other:?}"),
    }
}

fn ranks(profile: &Profile) -> Vec<(&str, f64, f64)> {
    let round = |share: f64| (share * 1e6).round() / 1e6;
    profile.functions.iter().map(|ranked| (&ranked.name[..], round(ranked.own), round(ranked.total))).collect()
}

#[test]
fn a_file_of_speedscope_ranks_functions_and_is_refused_p99() {
    let profile = profile(read_with(&[fixture("profile.speedscope.json")], &Options::default()));
    assert_eq!((profile.format, &profile.unit[..]), ("speedscope", "seconds"));
    assert_eq!(ranks(&profile), [("main", 0.375, 1.0), ("parse", 0.375, 0.375), ("sleep", 0.25, 0.25)]);
    assert_eq!((profile.functions[0].file.as_deref(), profile.functions[0].line), (Some("app.py"), Some(3)));
    assert_eq!(
        profile.refused,
        "a profile (speedscope) adds up samples of all requests, so it can't tell which ones were slow; a trace or a \
         scenario can"
    );
}

#[test]
fn collapsed_stacks_rank_functions() {
    let profile = profile(read_with(&[fixture("profile.collapsed")], &Options::default()));
    assert_eq!((profile.format, &ranks(&profile)[..]), ("collapsed", &[("main", 0.5, 1.0), ("parse", 0.5, 0.5)][..]));
    assert_eq!((profile.functions[0].file.as_deref(), profile.functions[0].line), (Some("app.py"), Some(3)));
}

/// Two samples of processor time: 30 in `parse` in `main`, 10 in an unnamed address in `main`.
pub(super) fn pprof() -> Vec<u8> {
    let strings = ["", "samples", "count", "cpu", "nanoseconds", "main", "parse", "app.py"];
    let location = |id, function_id| Location { id, address: 0x1f, line: vec![Line { function_id }] };
    let function = |id, name| Function { id, name, filename: 7, start_line: 12 };
    let profile = messages::Profile {
        sample_type: vec![ValueType { kind: 3, unit: 4 }, ValueType { kind: 1, unit: 2 }],
        sample: vec![
            Sample { location_id: vec![2, 1], value: vec![30, 1] },
            Sample { location_id: vec![3, 1], value: vec![10, 9] },
        ],
        location: vec![location(1, 1), location(2, 2), location(3, 9)],
        function: vec![function(1, 5), function(2, 6)],
        string_table: strings.map(str::to_owned).to_vec(),
        default_sample_type: 1,
    };
    profile.encode_to_vec()
}

#[test]
fn a_profile_of_pprof_ranks_functions_by_processor_time() {
    let profile = profile(in_file(pprof(), &Options::default()));
    assert_eq!((profile.format, &profile.unit[..]), ("pprof", "nanoseconds"));
    assert_eq!(ranks(&profile), [("parse", 0.75, 0.75), ("0x1f", 0.25, 0.25), ("main", 0.0, 1.0)]);
    assert_eq!((profile.functions[0].file.as_deref(), profile.functions[0].line), (Some("app.py"), Some(12)));
}

#[test]
fn a_profile_beside_other_files_is_an_error() {
    let paths = [fixture("jaeger.json"), fixture("profile.collapsed")];
    let error = read_with(&paths, &Options::default()).unwrap_err().to_string();
    assert!(error.ends_with("profile.collapsed: is a profile (collapsed), not a trace; give it alone"), "{error}");
}

#[test]
fn broken_profiles_tell_what_is_wrong() {
    assert_eq!(error("a;b 1\na;b\n"), "trace.json: line 2: isn't a collapsed stack: 'outer;inner 12' belongs here");
    assert_eq!(error("a;b 0\n"), "trace.json: holds no sample");
    let half = &pprof()[..60];
    assert!(error(half).starts_with("trace.json: isn't a whole profile of pprof ("), "{}", error(half));
    let speedscope =
        r#"{"$schema":"x","shared":{"frames":[]},"profiles":[{"type":"sampled","samples":[[4]],"weights":[1]}]}"#;
    assert_eq!(error(speedscope), "trace.json: tells of frame 4, but there are 0 only");
    assert!(error(r#"{"shared":{},"profiles":[]}"#).starts_with("trace.json: line 1: isn't a file of speedscope: "));
}
