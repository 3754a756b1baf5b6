//! Blocks of Tempo, as both versions have them.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::parquet::basic::{Compression, Repetition};
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::{SchemaDescriptor, Type};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::calls::{call, otlp};
use super::properties::mutated;
use super::tables::{of_format, request};
use super::*;

/// How a version writes lists.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lists {
    /// Each with a group of its own, as vParquet4 and previews of vParquet5.
    Grouped,
    /// Without, as vParquet5.
    Plain,
}

/// A way to write a block: its format, its lists, and whether dedicated columns are lists too.
#[derive(Debug, Clone, Copy)]
struct Version {
    format: &'static str,
    lists: Lists,
    has_dedicated_lists: bool,
}

const VERSIONS: [Version; 3] = [
    Version { format: "vParquet4", lists: Lists::Grouped, has_dedicated_lists: false },
    Version { format: "vParquet5-preview5", lists: Lists::Grouped, has_dedicated_lists: true },
    Version { format: "vParquet5", lists: Lists::Plain, has_dedicated_lists: true },
];

impl Version {
    /// A list of groups with these fields.
    fn list(self, name: &str, fields: &str) -> String {
        match self.lists {
            Lists::Grouped => format!(
                "required group {name} (LIST) {{ repeated group list {{ required group element {{ {fields} }} }} }}"
            ),
            Lists::Plain => format!("repeated group {name} {{ {fields} }}"),
        }
    }

    fn scalars(self, name: &str, kind: &str, logical: &str) -> String {
        match self.lists {
            Lists::Grouped => format!(
                "required group {name} (LIST) {{ repeated group list {{ required {kind} element {logical}; }} }}"
            ),
            Lists::Plain => format!("repeated {kind} {name} {logical};"),
        }
    }

    /// The columns of a block, some of which are never looked at.
    fn schema(self) -> String {
        let values = [
            self.scalars("Value", "binary", "(STRING)"),
            self.scalars("ValueInt", "int64", ""),
            self.scalars("ValueDouble", "double", ""),
            self.scalars("ValueBool", "boolean", ""),
        ]
        .concat();
        let attributes =
            self.list("Attrs", &format!("required binary Key (STRING); required boolean IsArray; {values}"));
        let repetition = if self.has_dedicated_lists { "repeated" } else { "optional" };
        let dedicated = format!(
            "required group DedicatedAttributes {{ {repetition} binary String01 (STRING); {repetition} binary String02 (STRING);
             {repetition} int64 Int01; }}"
        );
        let events = self.list("Events", "required binary Name (STRING);");
        let spans = self.list(
            "Spans",
            &format!(
                "required binary SpanID; required binary ParentSpanID; required int32 NestedSetLeft;
                 required binary Name (STRING); required int64 Kind; required binary TraceState (STRING);
                 required int64 StartTimeUnixNano (INTEGER(64,false)); required int64 DurationNano (INTEGER(64,false));
                 required int64 StatusCode; {attributes} {events} {dedicated}"
            ),
        );
        let scopes =
            self.list("ss", &format!("required group Scope {{ required binary Name (STRING); {attributes} }} {spans}"));
        let resource =
            format!("required group Resource {{ {attributes} required binary ServiceName (STRING); {dedicated} }}");
        let resources = self.list("rs", &format!("{resource} {scopes}"));
        format!(
            "message Trace {{ required binary TraceID; required binary TraceIDText (STRING); required int64 DurationNano;
             {resources} }}"
        )
    }

    fn meta(self) -> Vec<u8> {
        let columns = json!([
            { "s": "resource", "n": "host.name" },
            { "n": "http.method" },
            { "s": "event", "n": "message" },
            { "n": "code.function.name" },
            { "n": "SampleRate", "t": "int" },
        ]);
        json!({ "format": self.format, "blockID": "1", "dedicatedColumns": columns }).to_string().into_bytes()
    }

    /// The data of a block of these traces.
    fn data(self, traces: &[Value]) -> Vec<u8> {
        written(&self.schema(), traces)
    }

    fn block(self, traces: &[Value]) -> TempDir {
        folder_of(&[
            ("block/meta.json", &self.meta()),
            ("block/data.parquet", &self.data(traces)),
            ("block/index", b"[]"),
        ])
    }

    fn dedicated(self, value: &Value) -> Value {
        if self.has_dedicated_lists { json!([value]) } else { value.clone() }
    }

    /// Attributes of OTLP, some of them in columns of their own.
    fn attributes(self, attributes: &Value, own: &[(&str, &str)]) -> (Value, Value) {
        let (mut others, mut dedicated) = (Vec::new(), serde_json::Map::new());
        for attribute in attributes.as_array().into_iter().flatten() {
            let (key, value) = (&attribute["key"], &attribute["value"]);
            let scalar = value.as_object().unwrap().values().next().unwrap();
            if let Some((_, column)) = own.iter().find(|(name, _)| key == name) {
                dedicated.insert((*column).to_owned(), self.dedicated(scalar));
                continue;
            }
            others.push(match value.as_object().unwrap().keys().next().map(String::as_str) {
                Some("stringValue") => json!({ "Key": key, "IsArray": false, "Value": [scalar] }),
                Some("intValue") => json!({ "Key": key, "IsArray": false, "ValueInt": [scalar] }),
                Some("boolValue") => json!({ "Key": key, "IsArray": false, "ValueBool": [scalar] }),
                _ => json!({ "Key": key, "IsArray": true, "Value": ["a", "b"] }),
            });
        }
        (Value::Array(others), Value::Object(dedicated))
    }

    /// The traces of a request of OTLP, the spans of a service in one resource.
    fn traces(self, request: &Value) -> Vec<Value> {
        let mut traces: BTreeMap<String, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
        for resource in request["resourceSpans"].as_array().unwrap() {
            let service = resource["resource"]["attributes"][0]["value"]["stringValue"].as_str().unwrap();
            for span in resource["scopeSpans"][0]["spans"].as_array().unwrap() {
                let trace = traces.entry(span["traceId"].as_str().unwrap().to_owned()).or_default();
                trace.entry(service.to_owned()).or_default().push(self.span(span));
            }
        }
        let trace = |(id, services): (String, BTreeMap<String, Vec<Value>>)| {
            let resource = |(service, spans): (String, Vec<Value>)| {
                let (attributes, dedicated) = self.attributes(
                    &json!([{ "key": "host.name", "value": { "stringValue": "h" } }, { "key": "ip", "value": { "stringValue": "::1" } }]),
                    &[("host.name", "String01")],
                );
                json!({
                    "Resource": { "ServiceName": service, "Attrs": attributes, "DedicatedAttributes": dedicated },
                    "ss": [{ "Scope": { "Name": "a" }, "Spans": [] }, { "Scope": { "Name": "b" }, "Spans": spans }],
                })
            };
            let nothing = json!({ "Resource": { "ServiceName": "nobody" }, "ss": [] });
            let resources: Vec<Value> = [nothing].into_iter().chain(services.into_iter().map(resource)).collect();
            json!({ "TraceID": id, "TraceIDText": id, "DurationNano": 1, "rs": resources })
        };
        let empty = json!({ "TraceID": "ff", "TraceIDText": "", "DurationNano": 0, "rs": [] });
        [empty].into_iter().chain(traces.into_iter().map(trace)).collect()
    }

    fn span(self, span: &Value) -> Value {
        let nanos = |key: &str| span[key].as_str().unwrap().parse::<i64>().unwrap();
        let own = [("http.method", "String01"), ("code.function.name", "String02"), ("SampleRate", "Int01")];
        let (attributes, dedicated) = self.attributes(&span["attributes"], &own);
        json!({
            "SpanID": span["spanId"],
            "ParentSpanID": span["parentSpanId"],
            "NestedSetLeft": 1,
            "Name": span["name"],
            "Kind": span["kind"],
            "TraceState": span["traceState"].as_str().unwrap_or_default(),
            "StartTimeUnixNano": nanos("startTimeUnixNano"),
            "DurationNano": nanos("endTimeUnixNano") - nanos("startTimeUnixNano"),
            "StatusCode": span["status"]["code"].as_i64().unwrap_or_default(),
            "Attrs": attributes,
            "Events": [{ "Name": "one" }, { "Name": "other" }],
            "DedicatedAttributes": dedicated,
        })
    }
}

/// What a leaf has: its values, and where they are.
#[derive(Default)]
struct Shredded {
    values: Vec<Value>,
    defined: Vec<i16>,
    repeated: Vec<i16>,
}

fn leaves_of(node: &Type) -> usize {
    if node.is_group() { node.get_fields().iter().map(|field| leaves_of(field)).sum() } else { 1 }
}

/// Takes a value apart into leaves, each with the levels of Dremel.
fn shred(node: &Type, value: &Value, [defined, repeated, lists]: [i16; 3], leaves: &mut [Shredded]) {
    match node.get_basic_info().repetition() {
        Repetition::REQUIRED => within(node, value, [defined, repeated, lists], leaves),
        Repetition::OPTIONAL if value.is_null() => nothing([defined, repeated], leaves),
        Repetition::OPTIONAL => within(node, value, [defined + 1, repeated, lists], leaves),
        Repetition::REPEATED => {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            for (place, item) in items.iter().enumerate() {
                let repeated = if place == 0 { repeated } else { lists + 1 };
                within(node, item, [defined + 1, repeated, lists + 1], leaves);
            }
            if items.is_empty() {
                nothing([defined, repeated], leaves);
            }
        }
    }
}

fn nothing([defined, repeated]: [i16; 2], leaves: &mut [Shredded]) {
    for leaf in leaves {
        leaf.defined.push(defined);
        leaf.repeated.push(repeated);
    }
}

fn within(node: &Type, value: &Value, levels: [i16; 3], mut leaves: &mut [Shredded]) {
    if !node.is_group() {
        nothing([levels[0], levels[1]], leaves);
        leaves[0].values.push(value.clone());
        return;
    }
    for field in node.get_fields() {
        let (own, others) = leaves.split_at_mut(leaves_of(field));
        let elements = || value.as_array().into_iter().flatten().map(|item| json!({ "element": item })).collect();
        let inner = match field.name() {
            // `Value` has scalars as its elements.
            "list" => Value::Array(elements()),
            name => value[name].clone(),
        };
        shred(field, &inner, levels, own);
        leaves = others;
    }
}

/// A file of rows of that schema: bytes that aren't texts are in hexadecimal digits, and what isn't there is nothing.
fn written(schema: &str, rows: &[Value]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut leaves: Vec<Shredded> = (0..leaves_of(&schema)).map(|_| Shredded::default()).collect();
    for row in rows {
        within(&schema, row, [0; 3], &mut leaves);
    }
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_data_page_row_count_limit(7)
        .set_write_batch_size(7)
        .build();
    let names: Vec<String> =
        SchemaDescriptor::new(Arc::clone(&schema)).columns().iter().map(|leaf| leaf.name().to_owned()).collect();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (Shredded { values, defined, repeated }, name) in leaves.iter().zip(&names) {
        let mut column = group.next_column().unwrap().unwrap();
        let levels = (Some(&defined[..]), Some(&repeated[..]));
        let whole = || values.iter().map(|value| value.as_i64().unwrap_or_default());
        let bytes = |value: &Value| match (value.as_str().unwrap_or_default(), name.ends_with("ID")) {
            (text, true) => ByteArray::from(hexadecimal(text)),
            (text, false) => ByteArray::from(text),
        };
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(column) => {
                column.write_batch(&values.iter().map(bytes).collect::<Vec<_>>(), levels.0, levels.1)
            }
            ColumnWriter::Int64ColumnWriter(column) => {
                column.write_batch(&whole().collect::<Vec<_>>(), levels.0, levels.1)
            }
            ColumnWriter::Int32ColumnWriter(column) => {
                column.write_batch(&whole().map(|number| number as i32).collect::<Vec<_>>(), levels.0, levels.1)
            }
            ColumnWriter::BoolColumnWriter(column) => {
                column.write_batch(&values.iter().map(|value| value == true).collect::<Vec<_>>(), levels.0, levels.1)
            }
            ColumnWriter::DoubleColumnWriter(column) => {
                let numbers: Vec<f64> = values.iter().map(|value| value.as_f64().unwrap_or_default()).collect();
                column.write_batch(&numbers, levels.0, levels.1)
            }
            _ => panic!("no such column: {name}"),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

fn hexadecimal(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|place| u8::from_str_radix(&text[place..place + 2], 16).unwrap()).collect()
}

/// Requests of which one tells by an attribute how many it stands for.
fn requests() -> Value {
    let mut request = request();
    for resource in request["resourceSpans"].as_array_mut().unwrap() {
        let span = &mut resource["scopeSpans"][0]["spans"][0];
        if span["parentSpanId"] == "" && span["traceState"] == Value::Null {
            span["attributes"] = json!([{ "key": "SampleRate", "value": { "intValue": 3 } }]);
        }
    }
    request
}

#[test]
fn blocks_of_all_versions_tell_what_otlp_does() {
    let request = requests();
    let expected = of_format(text(request.to_string()));
    assert_eq!(expected.requests.requests.len(), 40);
    assert!(expected.requests.functions.iter().any(|function| function.name == "shop.cart:load"));
    assert_eq!(expected.trace.weights.as_deref(), Some("ot=th, SampleRate"));
    for version in VERSIONS {
        let folder = version.block(&version.traces(&request));
        let read = known(read_with(&[folder.path().to_owned()], &Options::default()));
        assert_eq!(read.trace.formats, ["tempo"]);
        assert_eq!(of_format(read), expected, "{version:?}");
        // The data alone, beside what the block says of itself.
        let data = folder.path().join("block/data.parquet");
        assert_eq!(of_format(known(read_with(&[data], &Options::default()))), expected, "{version:?}");
    }
}

#[test]
fn a_trace_may_lie_in_several_blocks_and_blocks_that_were_merged_count_once() {
    let request = requests();
    let expected = of_format(text(request.to_string()));
    let [older, .., newer] = VERSIONS;
    let resources = request["resourceSpans"].as_array().unwrap();
    let of = |resources: &[Value]| json!({ "resourceSpans": resources });
    let folder = folder_of(&[
        ("tenant/1/meta.compacted.json", &older.meta()),
        ("tenant/1/data.parquet", &older.data(&older.traces(&of(&resources[..101])))),
        ("tenant/2/meta.json", &newer.meta()),
        ("tenant/2/data.parquet", &newer.data(&newer.traces(&of(&resources[77..])))),
    ]);
    let read = known(read_with(&[folder.path().to_owned()], &Options::default()));
    assert_eq!(read.requests, expected.requests);
    assert_eq!(read.reasons(), [(Reason::Copy, 24)]);
}

#[test]
fn what_tempo_keeps_for_itself_beside_blocks_is_passed_over() {
    let version = VERSIONS[0];
    let (meta, data) = (version.meta(), version.data(&version.traces(&requests())));
    let expected = of_format(text(requests().to_string()));
    let folder = folder_of(&[
        ("tempo/blocks/tempo_cluster_seed.json", br#"{"UID":"1"}"#),
        ("tempo/blocks/t/index.json.gz", b"a list of blocks"),
        ("tempo/blocks/t/index.pb.zst", b"a list of blocks"),
        ("tempo/blocks/t/1/meta.json", &meta),
        ("tempo/blocks/t/1/data.parquet", &data),
        ("tempo/blocks/t/2/meta.compacted.json", &meta),
        ("tempo/wal/3+t+vParquet4/meta.json", &meta),
        ("tempo/wal/3+t+vParquet4/0000000001", b"rows"),
    ]);
    for within in ["tempo", "tempo/blocks", "tempo/blocks/t"] {
        let read = known(read_with(&[folder.path().join(within)], &Options::default()));
        assert_eq!(of_format(read), expected, "{within}");
    }
    // What others call so is read.
    let folder = folder_of(&[("wal/index.json", requests().to_string().as_bytes())]);
    assert_eq!(of_format(known(read_with(&[folder.path().to_owned()], &Options::default()))), expected);
}

#[test]
fn what_is_wrong_with_a_block_is_told_with_what_to_do() {
    let version = VERSIONS[0];
    let traces = version.traces(&otlp(&[call("GET /", 0, 10, [])]));
    let wrong = |meta: Option<&[u8]>, data: Vec<u8>| {
        let files = [("data.parquet", &data[..])].into_iter().chain(meta.map(|meta| ("meta.json", meta)));
        let folder = folder_of(&files.collect::<Vec<_>>());
        read_with(&[folder.path().to_owned()], &Options::default()).expect_err("a mistake").to_string()
    };
    let meta = version.meta();
    let alone = wrong(None, version.data(&traces));
    assert!(alone.contains("is the data of a block of Tempo without its meta.json"), "{alone}");
    let old = wrong(Some(br#"{"format":"vParquet3"}"#), version.data(&traces));
    assert!(old.contains("in the format vParquet3; vParquet4 and vParquet5 are read"), "{old}");
    let schema = version.schema();
    let lacking = wrong(Some(&meta), written(&schema.replace("SpanID;", "Span;"), &traces));
    assert!(lacking.contains("is a block of Tempo without a column 'SpanID'"), "{lacking}");
    let other =
        "message Trace { required binary TraceID; repeated group rs { required group ss { required group Spans {
        required binary SpanID; } } } }";
    let other = wrong(Some(&meta), written(other, &[json!({ "TraceID": "01", "rs": [] })]));
    assert!(other.contains("column 'rs.ss.Spans.SpanID' is in 1 lists, not in 3"), "{other}");
    // What says of itself what a block is, is no trace by itself.
    let itself = in_file(&meta, &Options::default()).expect_err("no trace").to_string();
    let says = "what a block of Tempo says of itself; its traces are in data.parquet beside it";
    assert!(itself.contains(says) && itself.contains("give the folder that has both"), "{itself}");
    let retyped = schema.replace("int64 StartTimeUnixNano (INTEGER(64,false))", "binary StartTimeUnixNano (STRING)");
    assert_ne!(retyped, schema);
    let retyped = wrong(Some(&meta), written(&retyped, &traces));
    assert!(
        retyped.contains("column 'rs.ss.Spans.StartTimeUnixNano' is BYTE_ARRAY, not whole numbers of nanoseconds"),
        "{retyped}"
    );
}

proptest! {
    #[test]
    fn whatever_a_block_holds_reading_it_ends(
        data in prop_oneof![
            mutated(VERSIONS[0].data(&VERSIONS[0].traces(&requests()))),
            mutated(VERSIONS[2].data(&VERSIONS[2].traces(&requests()))),
        ],
        place in 0_usize..3,
    ) {
        let folder = folder_of(&[("meta.json", &VERSIONS[place].meta()), ("data.parquet", &data)]);
        match read_with(&[folder.path().to_owned()], &Options::default()) {
            Ok(_) => {}
            Err(error) => prop_assert!(error.to_string().starts_with(&folder.path().display().to_string()), "{}", error),
        }
    }
}
