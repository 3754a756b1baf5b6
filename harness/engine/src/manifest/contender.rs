//! `[workload.NAME.contender.NAME]`

use std::collections::BTreeMap;
use std::path::Path;

use rustworthy_model::comparison::{Kind, Route};

use super::project::{Code, Contender, InterpreterName, Location};
use super::quantity::quoted;
use super::section::Section;
use super::shared::{Origin, SectionContext, limits, without_nul};
use super::source::sources;
use super::suggest::{alternatives, remedy};
use super::value::{Value, all};
use super::vocabulary::{KINDS, ROUTES};

/// What is known of a contender even when there is something wrong with it.
pub(super) struct ContenderEntry<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Where it says `baseline = true`, if it does.
    pub(super) baseline: Option<Value<'a>>,
    /// The contender, if nothing is wrong with it.
    pub(super) contender: Option<Contender>,
}

/// Reads one contender.
pub(super) fn contender<'a>(name: &'a str, value: &Value<'a>, context: &SectionContext<'_>) -> ContenderEntry<'a> {
    let Some(section) = value.section() else {
        return ContenderEntry { name, baseline: None, contender: None };
    };
    let baseline = section.take("baseline").filter(|value| value.boolean() != Some(false));
    let contender = rest(name, section, baseline.is_some(), context);
    ContenderEntry { name, baseline, contender }
}

fn rest(name: &str, mut section: Section<'_>, baseline: bool, context: &SectionContext<'_>) -> Option<Contender> {
    let code = code(&mut section, context.origin);
    let kind = section.take("kind").map(|value| value.choice(&KINDS));
    let route = route(section.take("route"), code.as_ref());
    let packaged = section.take("packaged").map_or(Some(false), |value| value.boolean());
    let own_days = section.take("migration-days").map_or(Some(None), |value| value.number().map(Some));
    let differs = differs(section.take("differs"), baseline);
    let env = section.take("env").map_or_else(|| Some(BTreeMap::new()), |value| env(&value));
    let interpreter = section
        .take("interpreter")
        .map_or(Some(None), |value| interpreter(&value, (baseline, code.as_ref()), context.folder).map(Some));
    let limits = limits(&section, context.limits);
    let sources = section.take("source").map_or_else(|| Some(Vec::new()), |value| sources(&value, context.folder));
    section.finish();
    let code = code?;
    let kind = kind.unwrap_or(Some(if matches!(code, Code::Kernel(_)) { Kind::Rust } else { Kind::Python }));
    Some(Contender {
        name: name.to_owned(),
        code,
        baseline,
        kind: kind?,
        route: route?,
        packaged: packaged?,
        migration_days: own_days?,
        differs,
        env: env?,
        interpreter: interpreter?,
        limits,
        sources: sources?,
    })
}

fn code(section: &mut Section<'_>, origin: Origin<'_>) -> Option<Code> {
    const ADD: &str = "add `python = \"module:callable\"`";
    match origin {
        Origin::User => {
            let refused = section.refuse("kernel", &format!("only built-in workloads have kernels; {ADD} instead"));
            let value = section.take("python");
            if value.is_none() && !refused {
                section.missing("python", ADD);
            }
            value?.target().map(Code::Python)
        }
        Origin::BuiltIn { kernels } => match section.exactly_one(&["python", "kernel"], ADD)? {
            ("python", value) => value.target().map(Code::Python),
            (_, value) => kernel(&value, kernels).map(Code::Kernel),
        },
    }
}

fn kernel(value: &Value<'_>, kernels: &[&str]) -> Option<String> {
    let name = value.string()?;
    if kernels.contains(&name) {
        return Some(name.to_owned());
    }
    value.error(format!("there is no kernel {}; {}", quoted(name), remedy(name, kernels)));
    None
}

/// The route of a kernel is fixed; that of Python code is in-process unless the manifest names another.
fn route(value: Option<Value<'_>>, code: Option<&Code>) -> Option<Route> {
    let is_kernel = matches!(code, Some(Code::Kernel(_)));
    let Some(value) = value else {
        return Some(if is_kernel { Route::Kernel } else { Route::InProcess });
    };
    let route = value.choice(&ROUTES)?;
    if is_kernel && route != Route::Kernel {
        value.error("a kernel has no way from Python; remove the key");
    }
    Some(route)
}

fn differs(value: Option<Value<'_>>, baseline: bool) -> Option<String> {
    let value = value?;
    if baseline {
        value.error("the baseline can't differ from itself; remove the key, or make another contender the baseline");
    }
    value.string().map(str::to_owned)
}

fn env(value: &Value<'_>) -> Option<BTreeMap<String, String>> {
    let variable = |(name, value): (&str, Value<'_>)| {
        let problem = match name {
            "" => Some("is empty"),
            _ if name.contains(['=', '\0']) => Some("contains = or NUL"),
            _ => None,
        };
        if let Some(problem) = problem {
            value.error(format!("the name of a variable {problem}; rename it"));
        }
        Some((name.to_owned(), value.parsed(without_nul)?))
    };
    all(value.section()?.entries().into_iter().map(variable))
}

/// A bare name is a command, unless the manifest's folder has something of that name.
fn interpreter(value: &Value<'_>, whose: (bool, Option<&Code>), folder: &Path) -> Option<InterpreterName> {
    match whose {
        (true, _) => value.error("the baseline runs in the project's Python, which --python chooses; remove the key"),
        (_, Some(Code::Kernel(_))) => value.error("a kernel runs in no Python; remove the key"),
        _ => {}
    }
    let name = Path::new(value.string()?);
    let home = name.strip_prefix("~").ok().and_then(|below| Some(std::env::home_dir()?.join(below)));
    let file = home.unwrap_or_else(|| folder.join(name));
    let is_command = name.components().count() == 1 && !file.exists();
    let path = if is_command { name.to_owned() } else { file };
    Some(InterpreterName { path, place: value.place.clone() })
}

/// Checks that exactly one contender of a workload is the baseline.
pub(super) fn check_baselines(found: &[ContenderEntry<'_>], contenders: &Section<'_>) {
    let baselines: Vec<(&str, &Location)> =
        found.iter().filter_map(|found| Some((found.name, &found.baseline.as_ref()?.place))).collect();
    match baselines.as_slice() {
        [] if found.is_empty() => contenders.error("has no contenders; add one with `baseline = true`"),
        [] => {
            let names: Vec<&str> = found.iter().map(|found| found.name).collect();
            contenders.error(format!("has no baseline; add `baseline = true` to {}", alternatives(&names)));
        }
        [_] => {}
        [(first, place), ..] => {
            for found in found.iter().filter(|found| found.name != *first) {
                if let Some(value) = &found.baseline {
                    value.error(format!(
                        "{} is the baseline already, on line {}; keep `baseline = true` in one",
                        quoted(first),
                        place.line
                    ));
                }
            }
        }
    }
}
