//! Bad input to the built-in workloads: every contender raises what the baseline raises.

use std::fmt::Write;
use std::fs;

use toml::{Table, Value};

use super::support::{Project, SERVICE};

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python_baselines");

/// Has the worker call functions with bad inputs, and holds what they raise against each other: the type of the exception, for
/// each input. Of a package's own type it is the built-in one that it derives from.
///
/// `functions` are those of a built-in module, the baseline first; `inputs` are Python expressions, in which the
/// module is called `subject`, and `file(contents)` is the path of a file of these bytes. An input that raises nothing
/// in the baseline proves nothing, and fails.
///
/// What is asked is what they raise, and not how long that takes: so they are called by a contender that raises itself in the
/// end, what it has found, and of which nothing is timed.
#[track_caller]
fn raise_alike(module: &str, functions: &[&str], inputs: &[&str]) {
    let (result, ran) = project(module, functions, inputs).compare(&["--memory", "2GiB"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let found = &result["workloads"][0]["contenders"][0]["error"];
    let agreed = format!("raised probe.Agreed: {} functions on {} inputs", functions.len(), inputs.len());
    assert!(found.as_str().is_some_and(|found| found.starts_with(&agreed)), "{agreed}: {ran}");
}

fn project(module: &str, functions: &[&str], inputs: &[&str]) -> Project {
    let mut probe = format!(
        // Processes that start side by side must not find each other's files half written.
        "import importlib\nimport os\nfrom pathlib import Path\n\n\n\
         def file(contents):\n    path = Path(f\"file-{{os.getpid()}}\")\n    path.write_bytes(contents)\n\
         \x20   return str(path)\n\n\n\
         def nothing(size, seed):\n    return None\n\n\n\
         class Agreed(Exception):\n    pass\n\n\n\
         def raised(function, case):\n    try:\n        function(INPUTS[case]())\n\
         \x20   except BaseException as error:\n\
         \x20       return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == \"builtins\")\n\
         \x20   raise AssertionError(f\"{{function}} of {{case}} raised nothing\")\n\n\n\
         def compared(_):\n    global subject\n    subject = importlib.import_module({module:?})\n\
         \x20   baseline, *others = (getattr(subject, name) for name in {functions:?})\n\
         \x20   for case in INPUTS:\n        expected = raised(baseline, case)\n        for other in others:\n\
         \x20           found = raised(other, case)\n\
         \x20           assert found == expected, f\"{{case}}: {{expected}}, and {{found}} of {{other}}\"\n\
         \x20   raise Agreed(f\"{{1 + len(others)}} functions on {{len(INPUTS)}} inputs\")\n\n\nINPUTS = {{\n"
    );
    let manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/{}\"\n\n{SERVICE}\n\
         [workload.w]\ninput = \"probe:nothing\"\nsizes = {{ default = 1 }}\n\n\
         [workload.w.contender.compared]\npython = \"probe:compared\"\nbaseline = true\n",
        requirements(module)
    );
    for input in inputs {
        writeln!(probe, "    {input:?}: lambda: {input},").unwrap();
    }
    probe.push_str("}\n");
    Project::new(&[("rustworthy.toml", &manifest), ("probe.py", &probe)])
}

/// The requirements of the built-in workload whose functions are in a module.
fn requirements(module: &str) -> String {
    let manifest: Table = fs::read_to_string(format!("{BASELINES}/rustworthy.toml")).unwrap().parse().unwrap();
    let mut workloads = manifest["workload"].as_table().unwrap().values();
    let is_of_module = |workload: &&Value| workload["input"].as_str().unwrap().starts_with(&format!("{module}:"));
    workloads.find(is_of_module).unwrap()["requirements"].as_str().unwrap().to_owned()
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
    let mut inputs: Vec<String> = contents.iter().map(|contents| format!("Path(file({contents}))")).collect();
    inputs.extend(["'no-such-log'", "'.'", "'a\\0b'", "b'no-such-log'", "None", "5.0", "['log']"].map(str::to_owned));
    raise_alike("ndjson", &functions, &inputs.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
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
}

#[test]
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

#[test]
fn pixels_refuses_other_modes_and_what_is_no_image() {
    let functions = ["python", "translate", "point", "numpy", "pyo3_tuples", "pyo3_bytes", "pyo3_arrow"];
    let closed = "(lambda image: (image.close(), image)[1])(subject.Image.new('RGB', (2, 2)))";
    let modes = ["1", "P", "PA", "I", "I;16", "F", "CMYK", "YCbCr", "HSV", "LAB", "RGBX", "RGBa", "La"];
    let images = modes.map(|mode| format!("subject.Image.new({mode:?}, (2, 2))"));
    let inputs: Vec<&str> =
        ["None", "5", "b'RGB'", closed].into_iter().chain(images.iter().map(String::as_str)).collect();
    raise_alike("pixels", &functions, &inputs);
}

#[test]
fn pixels_png_refuses_broken_files_as_pillow_does() {
    let functions = ["python_level_6", "point_level_6", "point_level_1", "pyo3_level_6", "pyo3_fast"];
    // A file of a small image whose bytes, `data`, have been changed.
    let file = |mode: &str, change: &str| {
        format!(
            "(lambda path, file: (subject.Image.new({mode:?}, (9, 9)).save(file, 'PNG'), \
             path.write_bytes((lambda data: {change})(file.getvalue())), path)[2])\
             (subject.Path(subject.os.environ['RUSTWORTHY_SCRATCH'], f'broken-{{subject.os.getpid()}}.png'), \
             __import__('io').BytesIO())"
        )
    };
    let changes = [
        "b''",
        "b'GIF89a'",
        "data[:8]",
        "data[:20]",
        "data[:30]",
        "data[:33]",
        "data[:37]",
        "data[:43]",
        "data[:18] + b'x' + data[19:]",
        "data[:45] + b'x' + data[46:]",
        "data[:37] + b'????' + data[41:]",
    ];
    let mut inputs: Vec<String> = ["1", "P", "I;16"].map(|mode| file(mode, "data")).into();
    inputs.extend(changes.map(|change| file("RGB", change)));
    inputs.extend(["None", "5", "'no-such-file.png'", "'/'", "'bad\\0name.png'"].map(str::to_owned));
    raise_alike("pixels_png", &functions, &inputs.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn regex_logs_refuses_lines_that_are_no_text() {
    let functions = ["python", "python_lean", "re2", "polars", "pyo3_naive", "pyo3_borrowed"];
    let log = |lines: &str| format!("subject.Log({lines}, None)");
    let line = r#"'h - [t] "GET / " 200 1'"#;
    let lines = ["None", "5", "[5]", "[b'h']", "[None]", &format!("[{line}, 5]"), &format!("[{line}, b'h']")].map(log);
    let inputs: Vec<&str> = lines.iter().map(String::as_str).chain(["None", "[]"]).collect();
    raise_alike("regex_logs", &functions, &inputs);
}

#[test]
fn regex_logs_refuses_files_that_python_cannot_read() {
    let functions = ["python_file", "pyo3_path"];
    let log = |path: &str| format!("subject.Log([], {path})");
    let invalid = "subject.Path(file(b'ok\\nZo\\xeb\\n'))";
    let cut = "subject.Path(file('Zo\u{eb}'.encode()[:-1]))";
    let paths = ["'no-such.log'", "'/'", "'a\\0b'", "None", "5.0", "['x']", invalid, cut].map(log);
    raise_alike("regex_logs", &functions, &paths.each_ref().map(String::as_str));
}

#[test]
fn hash_refuses_what_has_no_characters() {
    let functions = [
        "masked",
        "article",
        "blocks",
        "numpy",
        "numba",
        "pyo3_strings",
        "pyo3_in_place",
        "pyo3_bytes",
        "subprocess",
        "http",
        "grpc",
    ];
    let inputs = ["None", "5", "[5]", "[None]", "['a', 5]", "[b'ab']", "[['ab']]", "b'ab'"];
    raise_alike("string_hash", &functions, &inputs);
}

#[test]
fn red_dict_refuses_what_is_no_dict_of_numbers() {
    let functions = [
        "comprehension",
        "lists",
        "numpy",
        "numpy_each_time",
        "article_numpy",
        "article_naive",
        "naive",
        "dicts",
        "hash_map",
        "own_index",
        "shared_index",
        "shared_index_each_time",
    ];
    let inputs = [
        "None",
        "5",
        "({}, {})",
        "([1.0], {}, 1)",
        "(None, {}, 1)",
        "({}, 5, 1)",
        "({'a': '5'}, {}, 1)",
        "({'a': None}, {}, 1)",
        "({'a': 1.0}, {'a': '5'}, 1)",
        "({'a': 1.0}, {'a': None}, 1)",
        "({'a': 10**400}, {}, 1)",
        "({'a': 1.0}, {'a': 10**400}, 1)",
        "({'a': 1.0}, {}, '2')",
    ];
    raise_alike("red_dict", &functions, &inputs);
}
