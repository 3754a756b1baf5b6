//! `--wait-for-quiet`, beside processes that keep every processor busy.

use std::process::{Child, Command, Stdio};
use std::thread::available_parallelism;

use super::support::Project;

/// Processes that keep all processors busy until this is dropped.
struct Noise(Vec<Child>);

impl Noise {
    fn new() -> Self {
        let spin = |_| Command::new("sh").args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn();
        let processors = available_parallelism().map_or(1, usize::from);
        Self((0..processors).map(|processor| spin(processor).expect("a shell")).collect())
    }
}

impl Drop for Noise {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn what_is_waited_for_is_told_and_after_the_time_it_is_measured_all_the_same() {
    let module = "def make(size, seed):\n    return size\n\ndef base(n):\n    return sum(range(n))\n\n\
                  def other(n):\n    return n * (n - 1) // 2\n\ndef handle(request):\n    return base(request)\n\n\
                  def requests(count, seed):\n    return [50] * count\n";
    let project = Project::of_functions(module, &["base", "other"]);
    let manifest = std::fs::read_to_string(project.file("rustworthy.toml")).unwrap()
        + "\n[scenario.api]\nhandler = \"impls:handle\"\nrequests = \"impls:requests\"\ncount = 60\n\
           arrivals = { process = \"poisson\", utilization = 0.5 }\ncandidates = [\"impls:base\"]\n";
    std::fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let _noise = Noise::new();
    for arguments in [
        &["compare", "w", "--quick", "--budget", "100ms"][..],
        &["decide", "w", "--fresh", "--quick", "--budget", "100ms"],
        &["attribute", "api", "--quick"],
    ] {
        let ran = project.run(&[arguments, &["--wait-for-quiet", "1500ms"]].concat());
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran}");
        for said in ["waiting for quiet", "processors busy with others", "measuring all the same"] {
            assert!(ran.stderr.contains(said), "{arguments:?}, {said}: {ran}");
        }
    }
    // The attribution itself tells what it was measured beside.
    let attributed = project.run(&["report", "--format", "json"]).stdout;
    let notes = &serde_json::from_str::<serde_json::Value>(&attributed).unwrap()["notes"];
    assert!(notes.to_string().contains("processors busy with others"), "{notes:#}");
}

#[test]
fn nobody_waits_for_what_was_measured_elsewhere() {
    let ran = Project::new(&[]).run(&["attribute", "--trace", "traces.json", "--wait-for-quiet", "1s"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("leave it out"), "{ran}");
    let ran = Project::new(&[]).run(&["gate", "--import", "old.json", "new.json", "--wait-for-quiet", "1s"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("cannot be used with"), "{ran}");
}
