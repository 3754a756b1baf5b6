//! What Python sees of it.

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

use super::{article, checked, parallel, serial, too_large};
use crate::kernel::{Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "sum-squares-article",
        prepare: |input| {
            let n = length(input)?;
            Ok(Box::new(move || Ok(Box::new(u128::from(article(std::hint::black_box(n)))))))
        },
    },
    Kernel {
        name: "sum-squares-serial",
        prepare: |input| {
            let n = length(input)?;
            Ok(Box::new(move || Ok(Box::new(serial(n)))))
        },
    },
    Kernel {
        name: "sum-squares-rayon",
        prepare: |input| {
            let n = length(input)?;
            Ok(Box::new(move || Ok(Box::new(parallel(n)))))
        },
    },
];

/// How many numbers `range(n)` holds: none for a negative n.
///
/// # Errors
/// `TypeError` for what isn't an integer, as `range` raises; `OverflowError` above [`MAX_N`].
fn length(n: &Bound<'_, PyAny>) -> PyResult<u64> {
    match n.extract::<u64>() {
        Ok(n) => Ok(checked(n)?),
        Err(error) if !error.is_instance_of::<PyOverflowError>(n.py()) => Err(error),
        Err(_) if n.lt(0)? => Ok(0),
        Err(_) => Err(too_large(n).into()),
    }
}

impl Output for u128 {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.into_pyobject(py)?.into_any())
    }
}

/// `rustworthy_workloads.sum_squares`
#[pymodule(submodule)]
#[pyo3(name = "sum_squares")]
pub(crate) mod python {
    use super::*;

    /// The sum of i² over `range(n)`, on one thread.
    #[pyfunction]
    fn serial(py: Python<'_>, n: &Bound<'_, PyAny>) -> PyResult<u128> {
        let n = length(n)?;
        Ok(py.detach(|| super::serial(n)))
    }

    /// The sum of i² over `range(n)`, on all threads.
    #[pyfunction]
    fn parallel(py: Python<'_>, n: &Bound<'_, PyAny>) -> PyResult<u128> {
        let n = length(n)?;
        Ok(py.detach(|| super::parallel(n)))
    }
}

#[cfg(test)]
mod tests {
    use pyo3::exceptions::PyTypeError;

    use super::super::MAX_N;
    use super::*;

    fn length_of(expression: &std::ffi::CStr) -> PyResult<u64> {
        Python::initialize();
        Python::attach(|py| length(&py.eval(expression, None, None)?))
    }

    #[test]
    fn n_is_read_as_range_reads_it() {
        assert_eq!(length_of(c"5").unwrap(), 5);
        assert_eq!(length_of(c"True").unwrap(), 1);
        assert_eq!(length_of(c"-1").unwrap(), 0);
        assert_eq!(length_of(c"-10**30").unwrap(), 0);
        assert_eq!(length_of(c"2**32").unwrap(), MAX_N);
    }

    #[test]
    fn a_bad_n_raises_what_python_raises() {
        Python::initialize();
        Python::attach(|py| {
            for expression in [c"5.0", c"'5'", c"None"] {
                assert!(length_of(expression).unwrap_err().is_instance_of::<PyTypeError>(py), "{expression:?}");
            }
            for expression in [c"2**32 + 1", c"10**30"] {
                assert!(length_of(expression).unwrap_err().is_instance_of::<PyOverflowError>(py), "{expression:?}");
            }
        });
    }
}
