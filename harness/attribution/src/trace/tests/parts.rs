//! Parts of traces, made by any processes and merged in any order, are what all traces are at once.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::slice::from_ref;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::calls::{Call, call, chrome, otlp};
use super::properties::any_calls;
use super::*;
use crate::trace::{parts, slices};

static GO_ON: AtomicBool = AtomicBool::new(false);

fn merged(folder: &Path) -> Result<parts::Merged, TraceError> {
    merged_within(folder, &Limits::default())
}

fn merged_within(folder: &Path, limits: &Limits) -> Result<parts::Merged, TraceError> {
    parts::merge(folder, None, limits, &GO_ON)
}

fn write(paths: &[PathBuf], options: &Options, file: &Path) -> parts::WrittenPart {
    parts::write(paths, options, file, &GO_ON).unwrap_or_else(|error| panic!("{error}"))
}

/// Spans of OTLP, those of each resource by themselves.
fn spans(traces: &[Call]) -> Vec<Value> {
    otlp(traces)["resourceSpans"].as_array().unwrap().clone()
}

/// Spans of one name wait for another service.
fn with_clients(mut spans: Vec<Value>) -> Vec<Value> {
    for span in &mut spans {
        let span = &mut span["scopeSpans"][0]["spans"][0];
        if span["name"].as_str().is_some_and(|name| name == "b") {
            span["kind"] = "SPAN_KIND_CLIENT".into();
        }
    }
    spans
}

fn trace_of(span: &Value) -> &str {
    span["scopeSpans"][0]["spans"][0]["traceId"].as_str().unwrap()
}

/// Writes spans to a file, each trace in a file of its own if that is asked for.
fn files_of(folder: &Path, spans: &[Value], by_trace: bool, files: usize) -> Vec<PathBuf> {
    let mut dealt: BTreeMap<usize, Vec<&Value>> = BTreeMap::new();
    for (place, span) in spans.iter().enumerate() {
        let trace = usize::from_str_radix(trace_of(span), 16).unwrap();
        dealt.entry(if by_trace { trace } else { place } % files).or_default().push(span);
    }
    let write = |(number, spans): (usize, Vec<&Value>)| {
        let file = folder.join(format!("{number}.json"));
        fs::write(&file, json!({ "resourceSpans": spans }).to_string()).unwrap();
        file
    };
    dealt.into_iter().map(write).collect()
}

/// Packets by slice, of processes that read a file each.
fn cut(files: &[PathBuf], number: u32, options: &Options) -> BTreeMap<u32, Vec<u8>> {
    const PREFIX: usize = 12;
    let mut packets: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for file in files {
        let mut out = Vec::new();
        slices::cut(from_ref(file), files, number, options, &mut out, &GO_ON).unwrap();
        let mut rest = &out[..];
        while rest != [0xff; PREFIX] {
            let slice = u32::from_le_bytes(rest[..4].try_into().unwrap());
            let length = PREFIX + u64::from_le_bytes(rest[4..PREFIX].try_into().unwrap()) as usize;
            packets.entry(slice).or_default().extend(&rest[..length]);
            rest = &rest[length..];
        }
    }
    packets
}

/// The part that packets make.
fn resolve(packets: &[u8]) -> Result<Vec<u8>, TraceError> {
    let mut out = Vec::new();
    let whole = [packets, &[0xff; 12]].concat();
    slices::resolve(&mut Cursor::new(whole), &Limits::default(), &mut out, &GO_ON)?;
    Ok(out)
}

/// Some calls are missing, so that others are orphans; some come twice.
fn with_losses(mut spans: Vec<Value>, changes: &[prop::sample::Index]) -> Vec<Value> {
    for (number, at) in changes.iter().enumerate() {
        let at = at.index(spans.len());
        match number % 3 {
            0 if spans.len() > 2 => drop(spans.remove(at)),
            1 => spans.push(spans[at].clone()),
            _ => {
                let last = spans.len() - 1;
                spans.swap(at, last);
            }
        }
    }
    spans
}

/// Spans of some names tell which function of Python they are a call of, and where it may be defined.
fn with_code(spans: &mut [Value]) {
    for (place, span) in spans.iter_mut().enumerate() {
        let span = &mut span["scopeSpans"][0]["spans"][0];
        let attribute = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
        if span["name"] == "a" {
            let file = format!("/srv/{}/shop/cart.py", place % 3);
            span["attributes"] =
                json!([attribute("code.function.name", "shop.cart.total"), attribute("code.file.path", &file)]);
        } else if span["name"] == "b" && place % 2 == 0 {
            span["attributes"] = json!([attribute("code.function.name", "shop.cart.price")]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn parts_of_any_split_are_merged_to_what_one_process_reads(
        traces in any_calls(),
        changes in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        files in 1..5_usize,
        number in 1..7_u32,
        service in prop::option::weighted(0.3, prop::sample::select(vec!["shop", "stock"])),
        (has_code, turn) in (any::<bool>(), 0..7_usize),
    ) {
        let options = Options { service: service.map(str::to_owned), ..Options::default() };
        let mut spans = with_losses(with_clients(spans(&traces)), &changes);
        if has_code {
            with_code(&mut spans);
        }
        // Parts are merged in the order of their names.
        let name = |place: usize| format!("{}-{place}.parquet", (place + turn) % 5);
        let folder = tempfile::tempdir().unwrap();
        for by_trace in [true, false] {
            let files = files_of(folder.path(), &spans, by_trace, files);
            let whole = read_with(&files, &options);
            let parts = tempfile::tempdir().unwrap();
            if by_trace {
                for (place, file) in files.iter().enumerate() {
                    write(from_ref(file), &options, &parts.path().join(name(place)));
                }
            } else {
                for (slice, packets) in cut(&files, number, &options) {
                    fs::write(parts.path().join(name(slice as usize)), resolve(&packets).unwrap()).unwrap();
                }
            }
            match (whole, merged(parts.path())) {
                (Ok(whole), Ok(merged)) => {
                    prop_assert_eq!(known(Ok(merged.imported)), known(Ok(whole)));
                    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
                    prop_assert_eq!(merged.paths, names);
                }
                (whole, merged) => prop_assert!(whole.is_err() && merged.is_err(), "{:?} {:?}", whole, merged),
            }
            files.iter().for_each(|file| fs::remove_file(file).unwrap());
        }
    }
}

/// Several hundred traces of spans that begin together more often than not, shuffled over files, three in a hundred twice.
#[test]
fn shuffled_spans_of_many_traces_with_ties_and_duplicates_are_merged_to_what_one_process_reads() {
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let traces: Vec<Call> = (0..400)
        .map(|_| {
            let start = 10 * random(20) as i64;
            let children: Vec<Call> = (0..random(6))
                .map(|_| {
                    let from = start + 10 * random(4) as i64;
                    let name = ["a", "b", "GET /user/1", "GET /user/2"][random(4)];
                    call(name, from, from + 10, []).of(["shop", "stock"][random(2)])
                })
                .collect();
            call(["GET /", "GET /user/3"][random(2)], start, start + 50, children)
        })
        .collect();
    let mut spans = spans(&traces);
    with_code(&mut spans);
    for _ in 0..spans.len() * 3 / 100 {
        spans.push(spans[random(spans.len())].clone());
    }
    for last in (1..spans.len()).rev() {
        spans.swap(last, random(last + 1));
    }
    let folder = tempfile::tempdir().unwrap();
    let files = files_of(folder.path(), &spans, false, 5);
    let whole = known(read_with(&files, &Options::default()));
    for number in [1, 2, 7, 64] {
        let parts = tempfile::tempdir().unwrap();
        for (slice, packets) in cut(&files, number, &Options::default()) {
            fs::write(parts.path().join(format!("{:02}.parquet", 63 - slice)), resolve(&packets).unwrap()).unwrap();
        }
        let merged = merged(parts.path()).unwrap().imported;
        assert_eq!(known(Ok(merged)), whole, "{number} slices");
        if number > 2 {
            // Each of them is within the limit, and all together aren't.
            let few = Limits { requests: 100, ..Limits::default() };
            let merged = merged_within(parts.path(), &few).unwrap().imported;
            assert!(matches!(&merged, Imported::Requests { requests: TracedRequests::File(_), .. }));
            assert_eq!(known(Ok(merged)), whole, "{number} slices");
        }
    }
}

#[test]
fn functions_of_python_are_named_alike_in_parts_and_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let traces = [
        call("GET /", 0, 90, [call("a", 10, 20, []), call("b", 30, 50, []).of("stock")]),
        call("GET /", 100, 130, [call("a", 110, 120, [])]),
        call("GET /", 200, 230, [call("a", 210, 220, []).of("stock")]),
    ];
    let mut spans = spans(&traces);
    with_code(&mut spans);
    let files = files_of(folder.path(), &spans, true, 3);
    let parts = tempfile::tempdir().unwrap();
    for (place, file) in files.iter().enumerate() {
        write(from_ref(file), &Options::default(), &parts.path().join(format!("{place}.parquet")));
    }
    let merged = known(merged(parts.path()).map(|merged| merged.imported));
    assert_eq!(merged, known(read_with(&files, &Options::default())));
    let functions = merged.requests.functions.iter().map(|function| (&function.name[..], function.file.as_deref()));
    assert_eq!(
        functions.collect::<Vec<_>>(),
        [
            ("shop: GET /", None),
            ("shop: shop.cart:total", Some("/srv/0/shop/cart.py")),
            ("shop.cart:price", None),
            ("stock: shop.cart:total", Some("/srv/0/shop/cart.py")),
        ]
    );
}

#[test]
fn requests_of_parts_are_weighed_by_a_histogram_once_all_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let traces: Vec<Call> = (0..20).map(|number| call("a", number, number + 5_000 * (1 + number % 3), [])).collect();
    let files = files_of(folder.path(), &spans(&traces), true, 3);
    let metrics = folder.path().join("metrics.txt");
    let buckets = [("0.005", 700), ("0.01", 1_900), ("+Inf", 2_000)];
    let line = |(bound, count)| format!("http_server_request_duration_seconds_bucket{{le=\"{bound}\"}} {count}\n");
    fs::write(&metrics, buckets.map(line).concat()).unwrap();
    let calibration = Calibration { file: metrics, metric: None };
    let options = Options { calibration: Some(calibration.clone()), ..Options::default() };
    let whole = known(read_with(&files, &options));
    let parts = tempfile::tempdir().unwrap();
    for (place, file) in files.iter().enumerate() {
        write(from_ref(file), &Options::default(), &parts.path().join(format!("{place}.parquet")));
    }
    let merged = parts::merge(parts.path(), Some(&calibration), &Limits::default(), &GO_ON).unwrap().imported;
    let few = Limits { requests: 7, ..Limits::default() };
    let in_file = parts::merge(parts.path(), Some(&calibration), &few, &GO_ON).unwrap().imported;
    assert_eq!(known(Ok(in_file)), whole);
    let merged = known(Ok(merged));
    assert_eq!(merged, whole);
    assert_eq!(merged.trace.represented_requests.map(f64::round), Some(2_000.0));
}

#[test]
fn threads_of_files_that_are_read_apart_are_requests_as_if_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, from: i64| {
        let calls = [call("a", from, from + 90, [call("b", from + 10, from + 20, [])]), call("c", from, from + 5, [])];
        let file = folder.path().join(name);
        fs::write(&file, chrome(&calls).to_string()).unwrap();
        file
    };
    let files = [file("one.json", 0), file("other.json", 0)];
    let whole = known(read_with(&files, &Options::default()));
    let parts = tempfile::tempdir().unwrap();
    for (slice, packets) in cut(&files, 3, &Options::default()) {
        fs::write(parts.path().join(format!("{slice}.parquet")), resolve(&packets).unwrap()).unwrap();
    }
    assert_eq!(known(Ok(merged(parts.path()).unwrap().imported)), whole);
}

#[test]
fn what_cannot_be_merged_is_told_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let all = spans(&[call("a", 0, 90, [call("b", 10, 20, [])]), call("a", 100, 130, [])]);
    let of = |name: &str, spans: &[Value]| {
        let file = folder.path().join(name);
        fs::write(&file, json!({ "resourceSpans": spans }).to_string()).unwrap();
        file
    };
    let (root, child, other) = (of("root.json", &all[..1]), of("child.json", &all[1..2]), of("other.json", &all[2..]));
    let empty = of("empty.json", &[]);
    let error = |parts: &[(&str, &Path, &Options)]| {
        let folder = tempfile::tempdir().unwrap();
        for (name, file, options) in parts {
            write(&[file.to_path_buf()], options, &folder.path().join(name));
        }
        let error = merged(folder.path()).map(|merged| format!("{merged:?}")).unwrap_err().to_string();
        error
            .replace(&format!("{}/", folder.path().display()), "")
            .replace(&folder.path().display().to_string(), "parts")
    };
    let usual = Options::default();
    assert_eq!(
        error(&[("1.parquet", &root, &usual), ("2.parquet", &root, &usual)]),
        "2.parquet: is the same part as 1.parquet; give each once"
    );
    // The child's part has no request at all, and still has the trace.
    assert_eq!(
        error(&[("1.parquet", &root, &usual), ("2.parquet", &child, &usual)]),
        "2.parquet: the trace 00000000000000000000000000000001 lies in 1.parquet too: its requests are whole in neither; divide \
         spans by the id of their trace before making parts, or read all at once with --trace"
    );
    let with_service = Options { service: Some("shop".to_owned()), group: false, ..Options::default() };
    assert_eq!(
        error(&[("1.parquet", &root, &usual), ("2.parquet", &other, &with_service)]),
        "2.parquet: was made with other options than 1.parquet: --no-grouping --service 'shop', and there none; make all parts \
         with the same"
    );
    // Spans may have come from tables of different columns.
    let mut named = Options::default();
    named.columns.name("trace=trace_id").unwrap();
    let parts = tempfile::tempdir().unwrap();
    write(from_ref(&root), &usual, &parts.path().join("1.parquet"));
    write(from_ref(&other), &named, &parts.path().join("2.parquet"));
    let both = known(read_with(&[root.clone(), other.clone()], &usual));
    assert_eq!(known(Ok(merged(parts.path()).unwrap().imported)), both);
    // Any number of parts may hold nothing.
    let none = error(&[("1.parquet", &empty, &usual), ("2.parquet", &empty, &usual)]);
    assert_eq!(none, "parts: holds no span, so no request");
    assert_eq!(
        error(&[]),
        "parts: holds no part: no file is called *.parquet; make some, attribute --trace FILES --partial FILE.parquet"
    );

    let parts = tempfile::tempdir().unwrap();
    for (name, file) in [("1.parquet", &root), ("2.parquet", &empty), ("3.parquet", &empty), ("4.parquet", &other)] {
        write(from_ref(file), &usual, &parts.path().join(name));
    }
    let imported = merged(parts.path()).unwrap().imported;
    let expected = known(read_with(&[root.clone(), other.clone(), empty.clone(), empty], &usual));
    assert_eq!(known(Ok(imported)), expected);

    let few = Limits { requests: 1, ..Limits::default() };
    assert_eq!(known(merged_within(parts.path(), &few).map(|merged| merged.imported)), expected);
    write(&[root.clone(), other], &usual, &parts.path().join("5.parquet"));
    let error = merged_within(parts.path(), &few).unwrap_err().to_string();
    assert!(
        error
            .ends_with("5.parquet: more than 1 requests, the limit; raise it with --limit requests=N if that is right"),
        "{error}"
    );
    fs::remove_file(parts.path().join("5.parquet")).unwrap();
    // Traces are compared in temporary files too.
    let few = Limits { spans_in_memory: 1, ..Limits::default() };
    assert_eq!(known(merged_within(parts.path(), &few).map(|merged| merged.imported)), expected);
    write(&[root, child], &usual, &parts.path().join("6.parquet"));
    let error = merged_within(parts.path(), &few).unwrap_err().to_string();
    assert!(error.contains("6.parquet: the trace 00000000000000000000000000000001 lies in "), "{error}");
}

/// Wherever a file is damaged it isn't taken for what was written, or what was damaged doesn't matter.
#[test]
fn a_damaged_part_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.json");
    fs::write(&trace, otlp(&[call("a", 0, 90, [call("b", 10, 20, [])])]).to_string()).unwrap();
    let parts = folder.path().join("parts");
    fs::create_dir(&parts).unwrap();
    let file = parts.join("1.parquet");
    write(from_ref(&trace), &Options::default(), &file);
    let (whole, expected) = (fs::read(&file).unwrap(), known(merged(&parts).map(|merged| merged.imported)));
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&file, &bytes).unwrap();
        match merged(&parts) {
            Ok(merged) => assert_eq!(known(Ok(merged.imported)), expected, "byte {at}"),
            Err(error) => assert!(error.to_string().contains("1.parquet: is"), "{error}"),
        }
        fs::write(&file, &whole[..at]).unwrap();
        let error = merged(&parts).unwrap_err().to_string();
        assert!(error.contains("1.parquet: isn't a part, or not a whole one: "), "{error}");
    }
    fs::write(&file, "no").unwrap();
    assert!(merged(&parts).is_err());
}

#[test]
fn slices_that_are_cut_off_are_no_part() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    fs::write(&file, otlp(&[call("a", 0, 90, [call("b", 10, 20, [])])]).to_string()).unwrap();
    let mut out = Vec::new();
    let files = [file];
    slices::cut(&files, &files, 1, &Options::default(), &mut out, &GO_ON).unwrap();
    for end in (0..out.len()).step_by(7) {
        let mut part = Vec::new();
        let mut packets = Cursor::new(&out[..end]);
        let error = slices::resolve(&mut packets, &Limits::default(), &mut part, &GO_ON).unwrap_err().to_string();
        assert!(error.starts_with("slices: ") && part.is_empty(), "{error}");
    }
}

#[test]
fn long_traces_are_left_out_and_counted_if_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    let long = call("long", 0, 90, (0..9).map(|number| call("b", number, number + 1, [])));
    fs::write(&file, otlp(&[long, call("short", 0, 5, [])]).to_string()).unwrap();
    let mut options = Options::default();
    options.limits.set("trace-spans", 9).unwrap();
    let error = read_with(from_ref(&file), &options).unwrap_err().to_string();
    assert!(error.contains("the trace 00000000000000000000000000000001 has more than 9 spans, the limit"), "{error}");
    options.skip_long_traces = true;
    let found = known(read_with(&[file], &options));
    assert_eq!((found.trace.left_out, found.reasons()), (1, vec![(Reason::LongTrace, 10)]));
    assert_eq!(found.exclusive(0), [("short", 5.0)]);
}
