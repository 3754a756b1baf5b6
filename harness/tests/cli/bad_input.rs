//! Bad input to the built-in workloads: every contender raises what the baseline raises.

use std::fmt::Write;

use super::support::Project;

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python_baselines");

/// Has the tool itself compare what is raised: the type of the exception, for each bad input.
///
/// `functions` are those of a built-in module, the baseline first; `inputs` are Python expressions, in which the
/// module is called `subject`. An input that raises nothing in the baseline proves nothing, and fails.
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
        "import importlib\n\nsubject = importlib.import_module({module:?})\n\n\n\
         def cases(size, seed):\n    return list(INPUTS)\n\n\n\
         def raised(function, case):\n    try:\n        function(INPUTS[case]())\n\
         \x20   except BaseException as error:\n        return type(error).__name__\n\
         \x20   raise AssertionError(f\"{{case}} raised nothing\")\n\n\nINPUTS = {{\n"
    );
    let mut manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements.lock\"\n\n\
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
    let functions = ["loop", "closed_form", "numpy_chunked", "pyo3_serial", "pyo3_rayon"];
    raise_alike("sum_squares", &functions, &["'5'", "5.0", "None", "[5]", "b'5'"]);
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
        "data[:50]",
        "data[:18] + b'x' + data[19:]",
        "data[:45] + b'x' + data[46:]",
        "data[:37] + b'????' + data[41:]",
    ];
    let mut inputs: Vec<String> = ["1", "P", "I;16"].map(|mode| file(mode, "data")).into();
    inputs.extend(changes.map(|change| file("RGB", change)));
    inputs.extend(["None", "5", "'no-such-file.png'", "'/'", "'bad\\0name.png'"].map(str::to_owned));
    raise_alike("pixels_png", &functions, &inputs.iter().map(String::as_str).collect::<Vec<_>>());
}
