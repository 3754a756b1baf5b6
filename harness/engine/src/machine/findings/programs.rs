//! How this program and the embedded Python were built.

use rustworthy_model::Estimate;
use rustworthy_model::doctor::Finding;
use rustworthy_model::environment::{EMBEDDING_TOLERANCE, PythonHost};

use super::Topic;
use super::topic::{advice, command};
use crate::machine::{Facts, PythonBuild};

const PROGRAM: Topic = Topic {
    name: "build of rustworthy",
    why: "Without optimisation Rust is ten times slower than what would be shipped.",
};
const PYTHON: Topic = Topic {
    name: "build of Python",
    why: "A Python that is slower than the one in production makes every speedup over it too large.",
};
const EMBEDDING: Topic = Topic {
    name: "embedded Python",
    why: "Where embedding changes Python's speed, speedups over it are off by as much; beyond a tenth they are withheld.",
};

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    vec![program(facts.debug_program), python(&facts.python), embedding(&facts.python)]
}

fn program(is_debug: bool) -> Finding {
    if is_debug {
        return PROGRAM.spoils(
            "without optimisation, or with debug assertions",
            command("Build it for use:", "cargo build --release"),
        );
    }
    PROGRAM.fine("optimised, without debug assertions")
}

fn python(python: &PythonBuild) -> Finding {
    if python.debug {
        let remedy = advice("Name one that wasn't configured --with-pydebug: --python PATH.");
        return PYTHON.spoils("a debug build, several times slower", remedy);
    }
    match python.profile_guided {
        Some(false) => PYTHON.note(
            "configured without --enable-optimizations, often a tenth slower or more",
            advice(
                "Where production runs an optimised one, as distributions ship it, measure with that: --python PATH; pyenv builds \
                 one with PYTHON_CONFIGURE_OPTS='--enable-optimizations --with-lto'.",
            ),
        ),
        Some(true) => PYTHON.fine("configured with --enable-optimizations"),
        None => PYTHON.fine("no debug build; the options that it was built with are unknown"),
    }
}

fn embedding(python: &PythonBuild) -> Finding {
    let is_embedded = python.host == PythonHost::Embedded;
    let Some(ratio) = python.embedded_over_executable else {
        return if is_embedded {
            EMBEDDING.unknown()
        } else {
            EMBEDDING.fine("none: the executable itself runs workers")
        };
    };
    let stray = ratio.estimate - 1.0;
    let mut found = off_by(ratio, " than the executable");
    if let Some((name, ratio)) = python.workload_over_executable {
        found += &format!(", and {} in the workload `{name}`", off_by(ratio, ""));
    }
    if !is_embedded {
        return EMBEDDING.fine(format!("none: the executable itself runs workers; embedded it would be {found}"));
    }
    if stray.abs() <= EMBEDDING_TOLERANCE {
        return EMBEDDING.fine(found);
    }
    if ratio.low <= 1.0 && ratio.high >= 1.0 {
        return EMBEDDING
            .note(found, advice("The interval includes no difference at all: look again when the machine is quiet."));
    }
    let remedy = advice(
        "Choose a Python that was built with --enable-shared and --enable-optimizations, whose executable runs its library: --python \
         PATH. Executables of Debian, uv and conda have code of their own beside it.",
    );
    EMBEDDING.spoils(found, remedy)
}

/// A ratio of times in words.
fn off_by(ratio: Estimate, than: &str) -> String {
    let [low, high] = [ratio.low, ratio.high].map(|end| (end - 1.0) * 100.0);
    let stray = ratio.estimate - 1.0;
    let word = if stray > 0.0 { "slower" } else { "faster" };
    format!("{:.1} % {word}{than} (interval {low:+.1} to {high:+.1} %)", stray.abs() * 100.0)
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level::{Fine, Note, Spoils};

    use super::*;

    #[test]
    fn builds_without_optimisation_spoil() {
        assert_eq!(program(true).level, Spoils);
        assert_eq!(program(false).level, Fine);
        assert_eq!(python(&PythonBuild { debug: true, ..PythonBuild::default() }).level, Spoils);
    }

    #[test]
    fn a_python_without_profile_guided_optimisation_is_noted() {
        let of = |profile_guided| python(&PythonBuild { profile_guided, ..PythonBuild::default() }).level;
        assert_eq!((of(Some(false)), of(Some(true)), of(None)), (Note, Fine, Fine));
    }

    #[test]
    fn a_stray_that_may_be_none_is_noted() {
        let wide = Some(Estimate { estimate: 1.08, low: 0.97, high: 1.2 });
        assert_eq!(embedding(&PythonBuild { embedded_over_executable: wide, ..PythonBuild::default() }).level, Note);
    }

    #[test]
    fn embedding_may_stray_by_a_twentieth() {
        let of = |estimate: f64| {
            let embedded_over_executable = Some(Estimate { estimate, low: estimate - 0.01, high: estimate + 0.01 });
            embedding(&PythonBuild { embedded_over_executable, ..PythonBuild::default() })
        };
        assert_eq!((of(1.04).level, of(1.06).level, of(0.93).level), (Fine, Spoils, Spoils));
        let text = "7.0 % faster than the executable (interval -8.0 to -6.0 %)";
        assert_eq!(of(0.93).found.as_deref(), Some(text));
        assert_eq!(embedding(&PythonBuild::default()).found, None);
    }

    #[test]
    fn what_a_workload_strays_by_stands_beside_the_loop() {
        let of = |estimate: f64| Estimate { estimate, low: estimate - 0.01, high: estimate + 0.01 };
        let python = PythonBuild {
            embedded_over_executable: Some(of(1.02)),
            workload_over_executable: Some(("records", of(0.97))),
            ..PythonBuild::default()
        };
        let text = "2.0 % slower than the executable (interval +1.0 to +3.0 %), and 3.0 % faster (interval -4.0 to -2.0 %) in the \
                    workload `records`";
        assert_eq!(embedding(&python).found.as_deref(), Some(text));
        let hosted = embedding(&PythonBuild { host: PythonHost::Python, ..python }).found.unwrap();
        assert!(hosted.ends_with(text), "{hosted}");
    }
}
