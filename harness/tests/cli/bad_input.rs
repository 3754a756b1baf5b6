//! Bad input to the built-in workloads: every contender raises what the baseline raises.

use std::fmt::Write;

use super::support::{Project, SERVICE};

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python_baselines");

/// Has the tool itself compare what is raised: the type of the exception, for each bad input. Of a package's own type
/// it is the built-in one that it derives from.
///
/// `functions` are those of a built-in module, the baseline first; `inputs` are Python expressions, in which the
/// module is called `subject`, and `file(contents)` is the path of a file of these bytes. An input that raises nothing in the baseline proves nothing, and fails.
#[track_caller]
fn raise_alike(module: &str, functions: &[&str], inputs: &[&str]) {
    let (result, ran) = project(module, functions, inputs).compare(&["--memory", "2GiB"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for contender in result["workloads"][0]["contenders"].as_array().unwrap().iter().skip(1) {
        assert_eq!(contender["equivalence"]["status"], "equal", "{contender:#}");
    }
}

fn project(module: &str, functions: &[&str], inputs: &[&str]) -> Project {
    let mut probe = format!(
        "import importlib\nfrom pathlib import Path\n\nsubject = importlib.import_module({module:?})\n\n\n\
         def file(contents):\n    Path(\"file\").write_bytes(contents)\n    return \"file\"\n\n\n\
         def cases(size, seed):\n    return list(INPUTS)\n\n\n\
         def raised(function, case):\n    try:\n        function(INPUTS[case]())\n\
         \x20   except BaseException as error:\n\
         \x20       return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == \"builtins\")\n\
         \x20   raise AssertionError(f\"{{case}} raised nothing\")\n\n\nINPUTS = {{\n"
    );
    let mut manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements.lock\"\n\n\
         {SERVICE}\n\
         [workload.w]\ninput = \"probe:cases\"\nsizes = {{ default = 1 }}\n"
    );
    for input in inputs {
        writeln!(probe, "    {input:?}: lambda: {input},").unwrap();
    }
    probe.push_str("}\n");
    for (index, name) in functions.iter().enumerate() {
        write!(
            probe,
            "\n\ndef {name}(cases):\n    return [f\"{{case}}: {{raised(subject.{name}, case)}}\" for case in cases]\n"
        )
        .unwrap();
        let role = if index == 0 { "baseline = true\n" } else { "" };
        let dashed = name.replace('_', "-");
        write!(manifest, "\n[workload.w.contender.{dashed}]\npython = \"probe:{name}\"\n{role}").unwrap();
    }
    Project::new(&[("rustworthy.toml", &manifest), ("probe.py", &probe)])
}

#[test]
fn sum_squares_refuses_what_range_refuses() {
    let functions = ["loop", "closed_form", "numpy_chunked", "pyo3_serial", "pyo3_rayon", "subprocess", "http", "grpc"];
    raise_alike("sum_squares", &functions, &["'5'", "5.0", "None", "[5]", "b'5'"]);
}

#[test]
fn ndjson_refuses_what_open_and_json_refuse() {
    let functions =
        ["python", "read_all", "raw_decode", "orjson", "msgspec", "pyo3_per_line", "pyo3_path", "pyo3_path_rayon"];
    let log = |contents: &str| {
        format!("(path := subject.Path(subject.tempfile.mkdtemp(), 'log')).write_bytes({contents}) and path")
    };
    let contents = [
        r#"b'{"level": "ERR'"#,
        r#"b'{}\n\n{}\n'"#,
        r#"b'{"a": 1}\r{"a": 1\r\n}\n'"#,
        r#"b'{"a": 01}'"#,
        r#"b'{} {}'"#,
        r#"'\ufeff{}'.encode()"#,
        r#"b'{}\n[]\n'"#,
        r#"b'null'"#,
        r#"b'{"level": "ERROR", "a": "\xff"}\n'"#,
        r#"b'{"a": "\xed\xa0\x80"}\n'"#,
        r#"b'{"a": ' + b'1' * 4301 + b'}'"#,
        r#"b'{"a": ' + b'[' * 100_000"#,
    ];
    let mut inputs: Vec<String> = contents.iter().map(|contents| log(contents)).collect();
    inputs.extend(["'no-such-log'", "'.'", "'a\\0b'", "b'no-such-log'", "None", "5.0", "['log']"].map(str::to_owned));
    raise_alike("ndjson", &functions, &inputs.iter().map(String::as_str).collect::<Vec<_>>());
fn records_refuse_what_the_methods_of_dict_and_str_refuse() {
    let functions = ["python", "python_fused", "numpy", "polars", "pyo3_owned", "pyo3_borrowed", "pyo3_columns"];
    let inputs = [
        "5",
        "None",
        "[None]",
        "[5]",
        "['text']",
        "[b'text']",
        "[[('name', 'x')]]",
        "[{}]",
        "[{'name': 'x', 'email': 'x', 'country': 'SE'}]",
        "subject.orders(1, 1) + [{'name': 'x', 'email': 'x', 'amount': '1'}]",
        "[subject.orders(1, 1)[0] | {'country': 'XX'}]",
        "[subject.orders(1, 1)[0] | {'amount': ''}]",
        "[subject.orders(1, 1)[0] | {'amount': 'five'}]",
        "[subject.orders(1, 1)[0] | {'amount': '1__0'}]",
        "[subject.orders(1, 1)[0] | {'amount': '0x10'}]",
        "[subject.orders(1, 1)[0] | {'amount': '1\\0'}]",
        "[subject.orders(1, 1)[0] | {'amount': 5.0}]",
        "[subject.orders(1, 1)[0] | {'amount': 10**400}]",
        "[subject.orders(1, 1)[0] | {'name': None}]",
        "[subject.orders(1, 1)[0] | {'email': float('nan')}]",
        "[subject.orders(1, 1)[0] | {'country': []}]",
    ];
    raise_alike("records", &functions, &inputs);
fn csv_apply_refuses_what_pandas_refuses() {
    let functions =
        ["pandas_apply", "pandas_vectorised", "polars", "pyo3_path", "pyo3_row_callback", "subprocess", "http"];
    let inputs = [
        "None",
        "5",
        "b'orders.csv'",
        "'no-such-file.csv'",
        "'.'",
        "'nul\\0.csv'",
        "file(b'')",
        "file(b'amount,quantity\\n')",
        "file(b'amount,quantity,express,engraving\\n$1,1,no,\"cut off')",
        "file(b'amount,quantity,express,engraving\\n$1,one,no,x\\n')",
        "file(b'amount,quantity,express,engraving\\n1.00,1,no,x\\n')",
        "file(b'amount,quantity,express,engraving\\n$1,1,no,Zo\\xeb\\n')",
    ];
    raise_alike("csv_apply", &functions, &inputs);
}

#[test]
fn protobuf_refuses_what_the_protobuf_package_refuses() {
    let functions = ["upb", "reused_message", "pyo3_per_message", "pyo3_batch"];
    let field = |field: &str| format!("[subject.extremes()[0] | {{{field}}}]");
    let mut inputs = vec!["None".to_owned(), "5".to_owned(), "[5]".to_owned()];
    inputs.extend(
        [
            "'id': -1",
            "'id': 2**64",
            "'id': '1'",
            "'id': 1.5",
            "'balance': 2**63",
            "'ratings': [2**31]",
            "'ratings': 5",
            "'ratings': [None]",
            "'customer': 5",
            "'customer': '\\ud800'",
            "'customer': b'\\xff'",
            "'tags': [5]",
            "'lines': [{'quantity': -1}]",
            "'lines': [{'pieces': 1}]",
        ]
        .map(field),
    );
    raise_alike("protobuf", &functions, &inputs.iter().map(String::as_str).collect::<Vec<_>>());
}
