//! Spans in Parquet, as writers of all kinds have them.

use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::data_type::{
    ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::calls::{Call, call, otlp};
use super::properties::mutated;
use super::*;

/// The columns of a span in the exporter's table that are looked at, and one that isn't.
const CLICKHOUSE: &str = "message schema {
    required int64 Timestamp (TIMESTAMP(NANOS,true));
    required binary TraceId (STRING);
    required binary SpanId (STRING);
    required binary ParentSpanId (STRING);
    required binary TraceState (STRING);
    required binary SpanName (STRING);
    required binary SpanKind (STRING);
    required binary ServiceName (STRING);
    required group ResourceAttributes (MAP) { repeated group key_value {
        required binary key (STRING); required binary value (STRING); } }
    required group SpanAttributes (MAP) { repeated group key_value {
        required binary key (STRING); optional binary value (STRING); } }
    required int64 Duration (INTEGER(64,false));
    required binary StatusCode (STRING);
    required binary StatusMessage (STRING);
}";

/// The values of a leaf.
enum Leaf {
    Whole(Vec<i64>),
    Narrow(Vec<i32>),
    Doubles(Vec<f64>),
    Texts(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
    /// With the levels of a map.
    Repeated(Vec<ByteArray>, Vec<i16>, Vec<i16>),
}

fn texts<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Leaf {
    Leaf::Texts(values.into_iter().map(|value| value.as_ref().to_vec().into()).collect())
}

/// Keys and values of a map that may be missing, whose values may be.
fn map(rows: &[Vec<(String, Option<String>)>]) -> [Leaf; 2] {
    let [mut repeated, mut key_levels, mut value_levels]: [Vec<i16>; 3] = Default::default();
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for row in rows {
        if row.is_empty() {
            repeated.push(0);
            key_levels.push(0);
            value_levels.push(0);
        }
        for (place, (key, value)) in row.iter().enumerate() {
            repeated.push(i16::from(place > 0));
            key_levels.push(1);
            value_levels.push(if value.is_some() { 2 } else { 1 });
            keys.push(ByteArray::from(&key[..]));
            values.extend(value.as_ref().map(|value| ByteArray::from(&value[..])));
        }
    }
    [Leaf::Repeated(keys, key_levels, repeated.clone()), Leaf::Repeated(values, value_levels, repeated)]
}

/// A file of two groups of rows, one of them without any.
fn file(schema: &str, leaves: &[Leaf], properties: WriterProperties) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for leaf in leaves {
        let mut column = group.next_column().unwrap().unwrap();
        match leaf {
            Leaf::Whole(values) => column.typed::<Int64Type>().write_batch(values, None, None),
            Leaf::Narrow(values) => column.typed::<Int32Type>().write_batch(values, None, None),
            Leaf::Doubles(values) => column.typed::<DoubleType>().write_batch(values, None, None),
            Leaf::Texts(values) => column.typed::<ByteArrayType>().write_batch(values, None, None),
            Leaf::Fixed(values) => column.typed::<FixedLenByteArrayType>().write_batch(values, None, None),
            Leaf::Repeated(values, defined, repeated) => {
                column.typed::<ByteArrayType>().write_batch(values, Some(defined), Some(repeated))
            }
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

fn properties(compression: Compression, version: WriterVersion, dictionary: bool) -> WriterProperties {
    WriterProperties::builder()
        .set_compression(compression)
        .set_writer_version(version)
        .set_dictionary_enabled(dictionary)
        .set_data_page_row_count_limit(7)
        .set_write_batch_size(7)
        .build()
}

fn plain() -> WriterProperties {
    properties(Compression::UNCOMPRESSED, WriterVersion::PARQUET_1_0, true)
}

/// The spans of a request of OTLP, each with its service.
fn spans(request: &Value) -> Vec<(String, Value)> {
    let of_resource = |resource: &Value| {
        let service = &resource["resource"]["attributes"][0]["value"]["stringValue"];
        let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
        spans.iter().map(|span| (service.as_str().unwrap().to_owned(), span.clone())).collect::<Vec<_>>()
    };
    request["resourceSpans"].as_array().unwrap().iter().flat_map(of_resource).collect()
}

fn nanos(span: &Value, key: &str) -> i64 {
    span[key].as_str().unwrap().parse().unwrap()
}

/// The same as the exporter to ClickHouse has it.
fn clickhouse(request: &Value, properties: WriterProperties) -> Vec<u8> {
    let spans = spans(request);
    let text = |key: &str| texts(spans.iter().map(|(_, span)| span[key].as_str().unwrap_or_default().to_owned()));
    let kind = |span: &Value| ["Unspecified", "Internal", "Server", "Client"][span["kind"].as_u64().unwrap() as usize];
    let attributes = |(_, span): &(String, Value)| -> Vec<(String, Option<String>)> {
        let all = span["attributes"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().map(str::to_owned).or_else(|| Some(value.as_i64()?.to_string()));
        let value = |value: &Value| text(value.as_object().unwrap().values().next().unwrap());
        all.map(|one| (one["key"].as_str().unwrap().to_owned(), value(&one["value"]))).collect()
    };
    let resource = |(service, _): &(String, Value)| {
        vec![("host.name".to_owned(), Some("h".to_owned())), ("service.name".to_owned(), Some(service.clone()))]
    };
    let failed = |span: &Value| if span["status"]["code"] == 2 { "Error" } else { "Unset" };
    let duration = |(_, span): &(String, Value)| nanos(span, "endTimeUnixNano") - nanos(span, "startTimeUnixNano");
    let mut leaves = vec![
        Leaf::Whole(spans.iter().map(|(_, span)| nanos(span, "startTimeUnixNano")).collect()),
        text("traceId"),
        text("spanId"),
        text("parentSpanId"),
        text("traceState"),
        text("name"),
        texts(spans.iter().map(|(_, span)| kind(span))),
        texts(spans.iter().map(|(service, _)| service)),
    ];
    let required = |leaves: [Leaf; 2]| {
        leaves.map(|leaf| match leaf {
            Leaf::Repeated(values, defined, repeated) => {
                Leaf::Repeated(values, defined.into_iter().map(|level| level.min(1)).collect(), repeated)
            }
            other => other,
        })
    };
    leaves.extend(required(map(&spans.iter().map(resource).collect::<Vec<_>>())));
    leaves.extend(map(&spans.iter().map(attributes).collect::<Vec<_>>()));
    leaves.push(Leaf::Whole(spans.iter().map(duration).collect()));
    leaves.push(texts(spans.iter().map(|(_, span)| failed(span))));
    leaves.push(texts(spans.iter().map(|_| "")));
    file(CLICKHOUSE, &leaves, properties)
}

fn calls(number: i64) -> Vec<Call> {
    let one = |start: i64| {
        let pay =
            call("POST /pay", start + 20, start + 60, [call("charge", start + 30, start + 55, []).of("payments")]);
        call("GET /cart", start, start + 100, [call("load", start + 5, start + 15, []).failed(), pay])
    };
    (0..number).map(|index| one(index * 1_000)).collect()
}

/// Requests of which some tell what they stand for, and some spans which function they are a call of.
pub(super) fn request() -> Value {
    let mut request = otlp(&calls(40));
    for (index, resource) in request["resourceSpans"].as_array_mut().unwrap().iter_mut().enumerate() {
        let span = &mut resource["scopeSpans"][0]["spans"][0];
        if index < 40 {
            span["traceState"] = "ot=th:c".into();
        }
        if span["name"] == "load" {
            span["attributes"] = json!([
                { "key": "code.function.name", "value": { "stringValue": "shop.cart.load" } },
                { "key": "nothing", "value": { "arrayValue": {} } },
                { "key": "retries", "value": { "intValue": 3 } },
            ]);
        } else if index % 3 == 0 {
            span["attributes"] = json!([]);
        }
    }
    request
}

/// What was read, but for the format and for instances.
pub(super) fn of_format(known: Known) -> Known {
    Known { trace: Trace { formats: Vec::new(), ..known.trace }, ..known }
}

#[test]
fn tables_of_all_codecs_and_versions_tell_what_otlp_does() {
    let request = request();
    let expected = of_format(text(request.to_string()));
    assert_eq!(expected.requests.requests.len(), 40);
    assert!(expected.requests.functions.iter().any(|function| function.name == "shop.cart:load"));
    let gzip = Compression::GZIP(Default::default());
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, gzip, Compression::LZ4_RAW] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for dictionary in [true, false] {
                let known = text(clickhouse(&request, properties(compression, version, dictionary)));
                assert_eq!(known.trace.formats, ["parquet"]);
                assert_eq!(of_format(known), expected, "{compression:?} {version:?} {dictionary}");
            }
        }
    }
}

/// A table of other names and types: ids in bytes, times in microseconds, ends in place of durations.
const OTHER: &str = "message spans {
    required fixed_len_byte_array(16) trace_id;
    required fixed_len_byte_array(8) span_id;
    required binary parent;
    required binary name (STRING);
    required int64 began (TIMESTAMP(MICROS,true));
    required int64 ended;
    required double took;
    required int32 kind;
    required binary attributes (STRING);
}";

fn other() -> Vec<u8> {
    let spans = spans(&request());
    let bytes = |text: &Value| {
        let text = text.as_str().unwrap();
        let byte = |place: usize| u8::from_str_radix(&text[place..place + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(byte).collect::<Vec<u8>>()
    };
    let fixed =
        |key: &str| Leaf::Fixed(spans.iter().map(|(_, span)| ByteArray::from(bytes(&span[key])).into()).collect());
    let times = |key: &str, unit: i64| spans.iter().map(|(_, span)| nanos(span, key) / unit).collect::<Vec<i64>>();
    let took = |(start, end): (&i64, &i64)| (end - start) as f64 / 1e6;
    let (starts, ends) = (times("startTimeUnixNano", 1_000), times("endTimeUnixNano", 1_000));
    let attributes = |(_, span): &(String, Value)| match span["name"] == "load" {
        true => json!({ "code": { "function": { "name": "shop.cart.load" } }, "list": [1] }).to_string(),
        false => "{}".to_owned(),
    };
    let leaves = [
        fixed("traceId"),
        fixed("spanId"),
        texts(spans.iter().map(|(_, span)| bytes(&span["parentSpanId"]))),
        texts(spans.iter().map(|(_, span)| span["name"].as_str().unwrap())),
        Leaf::Whole(starts.clone()),
        Leaf::Whole(ends.clone()),
        Leaf::Doubles(starts.iter().zip(&ends).map(took).collect()),
        Leaf::Narrow(spans.iter().map(|(_, span)| span["kind"].as_i64().unwrap() as i32).collect()),
        texts(spans.iter().map(attributes)),
    ];
    file(OTHER, &leaves, plain())
}

fn columns(texts: &[&str]) -> Options {
    let mut options = Options::default();
    texts.iter().try_for_each(|text| options.columns.name(text)).unwrap();
    options
}

const NAMED: [&str; 6] =
    ["trace=trace_id", "span=span_id", "parent=parent", "name=name", "start=began", "attributes=attributes"];

#[test]
fn columns_of_other_names_and_types_are_named() {
    let expected = text(request().to_string());
    let durations = |known: &Known| known.requests.requests.iter().map(|request| request.latency()).collect::<Vec<_>>();
    let with = |more: &[&str]| known(in_file(other(), &columns(&[&NAMED, more].concat())));
    let by_duration = with(&["duration=took:s", "kind=kind"]);
    assert_eq!(by_duration.counts(), [160, 0, 0, 0]);
    let names =
        |known: &Known| known.requests.functions.iter().map(|function| function.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&by_duration), ["GET /cart", "POST /pay", "charge", "shop.cart:load"]);
    for known in [by_duration, with(&["end=ended:us"])] {
        let pairs = durations(&known).into_iter().zip(durations(&expected));
        assert!(pairs.into_iter().all(|(one, other)| (one - other).abs() < 1e-9), "{known:?}");
    }
}

#[test]
fn a_column_may_hold_several_things() {
    let by_name = known(in_file(other(), &columns(&[&NAMED[..], &["duration=took:s", "service=name"]].concat())));
    let names: Vec<&str> = by_name.requests.functions.iter().map(|function| &function.name[..]).collect();
    assert_eq!(names, ["GET /cart: GET /cart", "POST /pay: POST /pay", "charge: charge", "shop.cart:load"]);
    // Attributes of spans, and of their services.
    let table = clickhouse(&request(), plain());
    let by_map = known(in_file(&table, &columns(&["attributes=ResourceAttributes", "resource=ResourceAttributes"])));
    let expected = known(in_file(&table, &columns(&["attributes=ResourceAttributes"])));
    assert_eq!((by_map.requests.requests.len(), by_map), (40, expected));
}

/// Columns of the tables that DuckDB and pyarrow have written.
const OF_WAREHOUSE: [&str; 12] = [
    "start=start",
    "trace=trace_id",
    "span=span_id",
    "parent=parent_id",
    "state=state",
    "name=name",
    "kind=kind",
    "service=service",
    "resource=resource",
    "attributes=attributes",
    "duration=duration_ns",
    "status=status",
];

#[test]
fn files_of_clickhouse_duckdb_and_pyarrow_tell_the_same() {
    let of_warehouse = columns(&OF_WAREHOUSE);
    for (file, options) in [
        ("clickhouse-zstd", &Options::default()),
        ("clickhouse-lz4", &Options::default()),
        ("duckdb", &of_warehouse),
        ("pyarrow", &of_warehouse),
    ] {
        let read = known(read_with(&[fixture(&format!("tables/{file}.parquet"))], options));
        assert_eq!(read.counts(), [6, 0, 0, 0], "{file}");
        let expected = [("GET /cart", 30_000.0), ("POST /pay", 40_000.0), ("shop.cart:load", 30_000.0)];
        assert!([0, 1].into_iter().all(|request| read.exclusive(request) == expected), "{file}: {read:?}");
        assert_eq!(read.requests.functions.iter().find_map(|one| one.file.as_deref()), Some("/srv/app/shop/cart.py"));
        assert_eq!(
            (read.trace.weights.as_deref(), read.trace.represented_requests),
            (Some("ot=th"), Some(4.0)),
            "{file}"
        );
    }
}

/// As pyarrow writes them with small pages and maps of many entries.
#[test]
fn a_page_without_values_does_not_end_a_column() {
    for file in ["empty-page", "empty-page-v1"] {
        let read = known(read_with(&[fixture(&format!("tables/{file}.parquet"))], &Options::default()));
        assert_eq!((read.trace.spans, read.requests.requests.len()), (7, 1), "{file}");
    }
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_what_to_do() {
    let wrong = |content: Vec<u8>, options: &Options| in_file(content, options).expect_err("a mistake").to_string();
    let missing = wrong(other(), &Options::default());
    assert!(
        missing.contains("has no column 'TraceId' (trace; did you mean trace=trace_id?), 'SpanId' (span"),
        "{missing}"
    );
    assert!(missing.contains("it has 'trace_id', 'span_id', 'parent'") && missing.contains("--columns"), "{missing}");
    let named = columns(&[&NAMED[..], &["duration=tok:s"]].concat());
    assert!(wrong(other(), &named).contains("'tok' (duration; did you mean duration=took?)"));
    for (more, says) in [
        ("duration=took", "column 'took' (duration) is DOUBLE, not whole numbers of nanoseconds"),
        ("duration=name", "column 'name' (duration) is BYTE_ARRAY, not times"),
        ("service=kind", "column 'kind' (service) is INT32, not texts"),
    ] {
        let error = wrong(
            other(),
            &columns(&[&NAMED[..], &[more], &["end=ended:us"][..usize::from(more.starts_with('s'))]].concat()),
        );
        assert!(error.contains(says), "{more}: {error}");
    }
    let nested = wrong(clickhouse(&request(), plain()), &columns(&["name=SpanAttributes"]));
    assert!(nested.contains("column 'SpanAttributes' (name) is nested, with 2 columns in it, not texts"), "{nested}");

    let whole = clickhouse(&request(), plain());
    let cut = wrong(whole[..whole.len() / 2].to_vec(), &Options::default());
    assert!(cut.contains("ends too early; was it copied whole? Parquet says at its end"), "{cut}");
    let tiny = wrong(b"PAR1".to_vec(), &Options::default());
    assert!(tiny.contains("ends too early"), "{tiny}");
    let mut encrypted = whole.clone();
    encrypted.truncate(whole.len() - 4);
    encrypted.extend(b"PARE");
    assert!(wrong(encrypted, &Options::default()).contains("is encrypted Parquet"));
    let mut lying = whole.clone();
    let length = lying.len();
    lying[length - 8..length - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(wrong(lying, &Options::default()).contains("isn't whole Parquet"));
    let packed = super::broken::gzip(&whole);
    assert!(wrong(packed, &Options::default()).contains("compressed once more; unpack it"));

    let logs = "message logs { required int64 Timestamp; required binary TraceId; required binary SeverityText; }";
    let logs = file(logs, &[Leaf::Whole(vec![1]), texts(["a"]), texts(["INFO"])], plain());
    assert!(wrong(logs, &Options::default()).contains("holds logs of OpenTelemetry"));
    let block = "message Trace { required binary TraceID; required binary rs; }";
    let block = file(block, &[texts(["a"]), texts(["b"])], plain());
    assert!(wrong(block, &columns(&["name=rs"])).contains("is a block of Tempo, whose columns are known"));
}

/// Found by changing files at random: a dictionary that ends within the length of a text.
#[test]
fn a_page_that_ends_too_early_is_an_error() {
    let error =
        read_with(&[fixture("tables/short-dictionary.parquet")], &columns(&OF_WAREHOUSE)).unwrap_err().to_string();
    assert!(error.ends_with("a page isn't what it says of itself"), "{error}");
}

#[test]
fn a_table_that_unpacks_to_far_more_than_it_is_is_refused() {
    let schema = "message spans { required int64 Timestamp; required binary TraceId; required binary SpanId;
        required binary ParentSpanId; required binary SpanName; required int64 Duration; }";
    let name = "x".repeat(1 << 20);
    let rows = 100;
    let leaves = [
        Leaf::Whole(vec![1; rows]),
        texts((1..=rows).map(|row| format!("{row:032x}"))),
        texts((1..=rows).map(|row| format!("{row:016x}"))),
        texts((0..rows).map(|_| "")),
        texts((0..rows).map(|_| &name)),
        Leaf::Whole(vec![1; rows]),
    ];
    for dictionary in [true, false] {
        let gzip = Compression::GZIP(Default::default());
        let bomb = file(schema, &leaves, properties(gzip, WriterVersion::PARQUET_1_0, dictionary));
        assert!(bomb.len() < 1 << 18, "{}", bomb.len());
        let error = in_file(bomb.clone(), &Options::default()).expect_err("a bomb").to_string();
        assert!(error.contains("unpacks to more than 250 times its size, the limit"), "{error}");
        assert!(error.contains("--limit expansion=N"), "{error}");
        let mut options = Options::default();
        options.limits.set("expansion", 1_000_000).unwrap();
        assert_eq!(known(in_file(bomb, &options)).trace.spans, rows as u64);
    }
}

#[test]
fn tables_lie_in_folders_beside_other_files() {
    let request = otlp(&calls(3));
    let half = |from: usize| json!({ "resourceSpans": request["resourceSpans"].as_array().unwrap()[from..][..6] });
    let [first, second] = [clickhouse(&half(0), plain()), half(6).to_string().into_bytes()];
    let folder = folder_of(&[("a.parquet", &first), ("b.json", &second)]);
    let read = known(read_with(&[folder.path().to_owned()], &Options::default()));
    assert_eq!(read.trace.formats, ["otlp", "parquet"]);
    assert_eq!(read.requests.requests.len(), 3);
    assert_eq!(read.counts(), [12, 0, 0, 0]);
}

proptest! {
    #[test]
    fn whatever_a_table_holds_reading_it_ends(content in prop_oneof![
        mutated(clickhouse(&request(), plain())),
        mutated(clickhouse(&request(), properties(Compression::SNAPPY, WriterVersion::PARQUET_2_0, true))),
        mutated(clickhouse(&request(), properties(Compression::LZ4_RAW, WriterVersion::PARQUET_1_0, false))),
        mutated(other()),
    ]) {
        match in_file(content, &columns(&[])) {
            Ok(_) => {}
            Err(error) => prop_assert!(error.to_string().starts_with("trace.json:"), "{}", error),
        }
    }
}
