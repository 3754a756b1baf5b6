//! What Python sees of it.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use super::{Ascii, Classes, Corrected, Exact, Published, Scanner, Tally, of_text, parallel, read, serial};
use crate::endpoint::Refusal;
use crate::kernel::{Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "regex-logs-article",
        prepare: |input| {
            let (lines, mut engine) = (lines_of(input)?, Published::new().map_err(uncompiled)?);
            Ok(Box::new(move || Ok(Box::new(serial(&lines, &mut engine)))))
        },
    },
    Kernel {
        name: "regex-logs-ascii",
        prepare: |input| {
            let (lines, mut engine) = (lines_of(input)?, Ascii::new().map_err(uncompiled)?);
            Ok(Box::new(move || Ok(Box::new(serial(&lines, &mut engine)))))
        },
    },
    Kernel {
        name: "regex-logs-exact",
        prepare: |input| {
            let classes = Classes::of_python(input.py())?;
            let (lines, mut engine) = (lines_of(input)?, Exact::new(&classes).map_err(uncompiled)?);
            Ok(Box::new(move || Ok(Box::new(serial(&lines, &mut engine)))))
        },
    },
    Kernel {
        name: "regex-logs-serial",
        prepare: |input| {
            let (lines, mut engine) = (lines_of(input)?, Scanner(Classes::of_python(input.py())?));
            Ok(Box::new(move || Ok(Box::new(serial(&lines, &mut engine)))))
        },
    },
    Kernel {
        name: "regex-logs-rayon",
        prepare: |input| {
            let (lines, engine) = (lines_of(input)?, Scanner(Classes::of_python(input.py())?));
            Ok(Box::new(move || Ok(Box::new(parallel(&lines, &engine)))))
        },
    },
];

impl Classes {
    /// The classes of this interpreter.
    ///
    /// # Errors
    /// As those of [`Classes::of`].
    pub fn of_python(py: Python<'_>) -> PyResult<Arc<Self>> {
        let version = py.import(intern!(py, "unicodedata"))?.getattr(intern!(py, "unidata_version"))?;
        Ok(Self::of(version.extract()?)?)
    }
}

impl Output for Tally {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let counts = PyDict::new(py);
        for (host, status, requests) in self.iter() {
            counts.set_item((host, status), requests)?;
        }
        Ok(counts.into_any())
    }
}

/// The lines, owned. A lone surrogate becomes U+FFFD, which is in none of the classes either.
fn lines_of(input: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    input
        .getattr("lines")?
        .try_iter()?
        .map(|line| Ok(line?.cast::<PyString>()?.to_string_lossy().into_owned()))
        .collect()
}

fn uncompiled(error: regex::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// `rustworthy_workloads.regex_logs`
#[pymodule(submodule)]
#[pyo3(name = "regex_logs")]
pub(crate) mod python {
    use super::*;

    /// Counts lines that are copied first, with a pattern that the `regex` crate matches.
    #[pyfunction]
    fn from_copies(py: Python<'_>, lines: Vec<String>) -> PyResult<Bound<'_, PyAny>> {
        static ENGINE: PyOnceLock<Corrected> = PyOnceLock::new();
        let engine = ENGINE.get_or_try_init(py, || Corrected::new(&*Classes::of_python(py)?).map_err(uncompiled))?;
        serial(lines, &mut engine.clone()).to_python(py)
    }

    /// Counts lines where they are: those in ASCII aren't copied.
    #[pyfunction]
    pub(super) fn from_lines<'py>(lines: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = lines.py();
        let engine = Scanner(Classes::of_python(py)?);
        let lines = lines.try_iter()?.map(|line| Ok(line?.cast_into::<PyString>()?)).collect::<PyResult<Vec<_>>>()?;
        let lines: Vec<Cow<'_, str>> = lines.iter().map(|line| line.to_string_lossy()).collect();
        py.detach(|| parallel(&lines, &engine)).to_python(py)
    }

    /// Counts the lines of the file at `path`.
    #[pyfunction]
    pub(super) fn from_path(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
        let engine = Scanner(Classes::of_python(py)?);
        let tally = py.detach(|| Ok::<_, Refusal>(of_text(&read(&path)?, &engine)))?;
        tally.to_python(py)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use pyo3::types::PyModule;

    use super::super::PATTERN;
    use super::*;

    const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python_baselines");

    /// Does something with the workload's Python side.
    fn with_python_side<T>(act: impl FnOnce(Bound<'_, PyModule>) -> PyResult<T>) -> T {
        Python::initialize();
        Python::attach(|py| {
            py.import("sys")?.getattr("path")?.call_method1("append", (BASELINES,))?;
            act(py.import("regex_logs")?)
        })
        .unwrap()
    }

    #[test]
    fn the_pattern_is_that_of_the_python_side() {
        assert_eq!(with_python_side(|module| module.getattr("PATTERN")?.extract::<String>()), PATTERN);
    }

    #[test]
    fn every_way_counts_what_python_counts_in_the_lines_of_the_workload() {
        with_python_side(|module| {
            let py = module.py();
            let classes = Classes::of_python(py)?;
            let lines: Vec<String> = module.getattr("lines")?.call1((2_000, 7))?.extract()?;
            let log = py.import("types")?.getattr("SimpleNamespace")?.call0()?;
            log.setattr("lines", &lines)?;
            let expected = module.getattr("python")?.call1((log,))?;
            let assert_counted = |name: &str, tally: Tally| {
                let got = tally.to_python(py).unwrap();
                assert!(got.eq(&expected).unwrap(), "{name}");
                let keys = |dict: &Bound<'_, PyAny>| {
                    dict.try_iter().unwrap().map(|key| key.unwrap().to_string()).collect::<Vec<_>>()
                };
                assert_eq!(keys(&got), keys(&expected), "{name}");
            };
            assert_counted("serial", serial(&lines, &mut Scanner(classes.clone())));
            assert_counted("parallel", parallel(&lines, &Scanner(classes.clone())));
            assert_counted("of_text", of_text(&lines.concat(), &Scanner(classes.clone())));
            assert_counted("corrected", serial(&lines, &mut Corrected::new(&classes).unwrap()));
            assert_counted("exact", serial(&lines, &mut Exact::new(&classes).unwrap()));
            let differing =
                [serial(&lines, &mut Published::new().unwrap()), serial(&lines, &mut Ascii::new().unwrap())];
            assert!(differing.iter().all(|tally| tally.to_python(py).unwrap().ne(&expected).unwrap()));
            Ok(())
        });
    }

    #[test]
    fn lone_surrogates_are_read_as_python_reads_them() {
        let count = |lines: &CStr| {
            Python::attach(|py| {
                let lines = py.eval(lines, None, None).unwrap();
                python::from_lines(&lines).unwrap().to_string()
            })
        };
        Python::initialize();
        assert_eq!(count(c"['h \\udcff [\\udcff] \"GET /\\udcff \\udcff\" 200 1']"), "{('h', '200'): 1}");
        assert_eq!(count(c"['h\\udcff - [t] \"GET / \" 200 1']"), "{}");
    }
}
