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
    pprof_of(&[("cpu", "nanoseconds"), ("samples", "count")], "samples")
}

/// Two samples of these kinds and units: 30 and 1 in `parse` in `main`, 10 and 9 in an unnamed address in `main`.
fn pprof_of(values: &[(&str, &str)], default: &str) -> Vec<u8> {
    let mut strings: Vec<String> = ["", "main", "parse", "app.py"].map(str::to_owned).to_vec();
    let mut string = |text: &str| {
        strings.push(text.to_owned());
        strings.len() as i64 - 1
    };
    let sample_type = values.iter().map(|(kind, unit)| ValueType { kind: string(kind), unit: string(unit) }).collect();
    let default_sample_type = string(default);
    let location = |id, function_id| Location { id, address: 0x1f, line: vec![Line { function_id }] };
    let function = |id, name| Function { id, name, filename: 3, start_line: 12 };
    let profile = messages::Profile {
        sample_type,
        sample: vec![
            Sample { location_id: vec![2, 1], value: vec![30, 1] },
            Sample { location_id: vec![3, 1], value: vec![10, 9] },
        ],
        location: vec![location(1, 1), location(2, 2), location(3, 9)],
        function: vec![function(1, 1), function(2, 2)],
        string_table: strings,
        default_sample_type,
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
fn of_a_profile_of_pprof_only_time_and_samples_are_ranked() {
    let read = |values: &[(&str, &str)], default: &str| in_file(pprof_of(values, default), &Options::default());
    let own = |values: &[(&str, &str)], default: &str| {
        let profile = profile(read(values, default));
        let parse = profile.functions.iter().find(|ranked| ranked.name == "parse").unwrap().own;
        (parse, profile.unit, profile.notes.join(";"))
    };
    let bytes = ("inuse_space", "bytes");
    assert_eq!(own(&[bytes, ("cpu-time", "nanoseconds")], "inuse_space"), (0.1, "nanoseconds".into(), String::new()));
    assert_eq!(own(&[("wall", "ms"), bytes], "").0, 0.75);
    let (share, unit, notes) = own(&[("contentions", "count"), ("delay", "nanoseconds")], "delay");
    assert_eq!((share, &unit[..]), (0.1, "nanoseconds"));
    assert_eq!(notes, "shares are of the time that the profile calls 'delay', not of processor time");
    let (share, unit, notes) = own(&[bytes, ("samples", "count")], "inuse_space");
    assert_eq!((share, &unit[..]), (0.1, "count"));
    assert_eq!(
        notes,
        "the profile counts samples and no time: each is taken for as much time on a processor as any other"
    );
    let refused = read(&[("inuse_objects", "count"), bytes], "inuse_space").unwrap_err().to_string();
    assert_eq!(
        refused,
        "trace.json: holds no time but 'bytes of inuse_space', 'count of inuse_objects', by which functions can't be \
         ranked; give a profile of processor time"
    );
}

/// A file of speedscope with a profile for each unit, all of two samples: in `hot` and in `cold`.
fn speedscope(profiles: &[(&str, f64, f64)]) -> String {
    let of = |(unit, hot, cold): &(&str, f64, f64)| {
        format!(r#"{{"type":"sampled","unit":"{unit}","samples":[[0],[1]],"weights":[{hot},{cold}]}}"#)
    };
    let profiles: Vec<String> = profiles.iter().map(of).collect();
    format!(r#"{{"shared":{{"frames":[{{"name":"hot"}},{{"name":"cold"}}]}},"profiles":[{}]}}"#, profiles.join(","))
}

#[test]
fn of_a_file_of_speedscope_only_profiles_of_time_are_ranked() {
    let read = |profiles: &[(&str, f64, f64)]| profile(in_file(speedscope(profiles), &Options::default()));
    let mixed = read(&[("microseconds", 700.0, 300.0), ("bytes", 10.0, 9_000.0), ("none", 1.0, 9.0)]);
    assert_eq!(ranks(&mixed), [("hot", 0.7, 0.7), ("cold", 0.3, 0.3)]);
    assert_eq!((&mixed.unit[..], mixed.samples), ("microseconds", 2));
    assert_eq!(
        mixed.notes,
        [
            "profiles of the file that aren't counted, since 'bytes' is no time: 1",
            "profiles of the file that aren't counted, since 'none' is no time: 1"
        ]
    );
    // A thousand microseconds are a millisecond.
    let scaled = read(&[("microseconds", 700.0, 300.0), ("milliseconds", 0.0, 1.0), ("seconds", 0.0, 0.0)]);
    assert_eq!((ranks(&scaled)[0], &scaled.unit[..]), (("cold", 0.65, 0.65), "seconds"));
    let samples = read(&[("none", 30.0, 10.0), ("bytes", 10.0, 9_000.0)]);
    assert_eq!((ranks(&samples)[0], &samples.unit[..], samples.samples), (("hot", 0.75, 0.75), "none", 40));
    assert!(samples.notes[0].starts_with("the profile counts samples and no time") && samples.notes.len() == 2);
    assert_eq!(
        error(speedscope(&[("bytes", 10.0, 9_000.0), ("bytes", 1.0, 1.0), ("furlongs", 1.0, 1.0)])),
        "trace.json: holds no time but 'bytes', 'furlongs', by which functions can't be ranked; give a profile of \
         processor time"
    );
    let evented =
        r#"{"shared":{"frames":[{"name":"hot"}]},"profiles":[{"type":"evented","unit":"bytes","events":[]}]}"#;
    assert!(error(evented).contains("holds no time but 'bytes'"), "{}", error(evented));
}

#[test]
fn of_austins_stacks_only_time_is_ranked() {
    let read = |text: &str| profile(in_file(text, &Options::default()));
    let wall = read("# austin: 3.7.0\n# mode: wall\nP1;T1;main;hot 30\nP1;T1;main;cold 10\n");
    assert_eq!((ranks(&wall)[0], &wall.unit[..], wall.samples), (("hot", 0.75, 0.75), "microseconds", 2));
    assert_eq!(wall.notes, ["shares are of the time that the profile calls 'wall', not of processor time"]);
    // Of its full metrics time on a processor: neither bytes nor samples of idle threads.
    let full = read("# mode: full\nP1;T1;main;hot 30,0,-5\nP1;T1;main;cold 10,0,900\nP1;T1;sleep 990,1,0\n");
    assert_eq!((ranks(&full)[0], &full.unit[..], full.samples), (("hot", 0.75, 0.75), "microseconds", 2));
    assert_eq!(
        error("# austin: 3.7.0\n# mode: memory\nP1;T1;main;hot 30\n"),
        "trace.json: holds no time but 'bytes', by which functions can't be ranked; give a profile of processor time"
    );
    // Whoever tells no unit is believed to count samples, and told so.
    assert!(read("a;b 3\n").notes[0].starts_with("the profile counts samples and no time"));
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
