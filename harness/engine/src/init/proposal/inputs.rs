//! The module that makes the requests of scenarios.

use super::scenarios::ScenarioProposal;

const HEAD: &str = "\"\"\"Requests of the scenarios in rustworthy.toml. `rustworthy init` has written it; it's yours to edit.

Each function is called with a number of requests and a seed, and returns that many, the same for the same seed. A request is a dict of
`method`, `path` (with its query), `headers` and `body`; all but `path` may be missing.
\"\"\"

import random
";

/// The module; `None` where no scenario needs it.
pub(super) fn inputs(scenarios: &[ScenarioProposal]) -> Option<String> {
    let mut text = HEAD.to_owned();
    let mut is_needed = false;
    for scenario in scenarios {
        let Ok(paths) = &scenario.paths else { continue };
        is_needed = true;
        let name = scenario.function();
        let paths: String = paths.iter().map(|path| format!("        {},\n", literal(path))).collect();
        text.push_str(&format!(
            "\n\ndef {name}(count, seed):\n    \"\"\"Requests to {}: each of these paths as often as any other. Give them the weights that they have in \
             production.\"\"\"\n    draw = random.Random(seed)\n    paths = [\n{paths}    ]\n    \
             return [{{\"method\": \"GET\", \"path\": draw.choice(paths)}} for _ in range(count)]\n",
            scenario.application
        ));
    }
    is_needed.then_some(text)
}

/// A text as Python has it: JSON's strings are Python's too.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
