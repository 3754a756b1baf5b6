//! What Python sees of it.

use std::io;
use std::path::{Path, PathBuf};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use super::{Broken, Compression, brighten_file, brighten_file_as_published};
use crate::kernel::{Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "pixels-png-level-6",
        prepare: |input| {
            let source: PathBuf = input.extract()?;
            let target = beside(&source, "kernel-6");
            Ok(Box::new(move || written(&target, brighten_file(&source, &target, Compression::Level(6)))))
        },
    },
    Kernel {
        name: "pixels-png-fast",
        prepare: |input| {
            let source: PathBuf = input.extract()?;
            let target = beside(&source, "kernel-fast");
            Ok(Box::new(move || written(&target, brighten_file(&source, &target, Compression::Fast))))
        },
    },
    Kernel {
        name: "pixels-png-article",
        prepare: |input| {
            let source: PathBuf = input.extract()?;
            let target = beside(&source, "article-fast");
            Ok(Box::new(move || written(&target, brighten_file_as_published(&source, &target))))
        },
    },
];

impl From<Broken> for PyErr {
    fn from(broken: Broken) -> Self {
        let of_pillow = |module: &str, class: &str| {
            let raised = |py: Python<'_>| {
                let class = py.import(module)?.getattr(class)?;
                Ok(Self::from_value(class.call1((broken.to_string(),))?))
            };
            Python::attach(raised).unwrap_or_else(|error| error)
        };
        match broken {
            Broken::Unidentified(_) => of_pillow("PIL", "UnidentifiedImageError"),
            Broken::Bomb(_) => of_pillow("PIL.Image", "DecompressionBombError"),
            Broken::Header(_) | Broken::Mode(_) => PyValueError::new_err(broken.to_string()),
            Broken::Data(_) => PyOSError::new_err(broken.to_string()),
            // A path with a NUL.
            Broken::Io(error) if error.kind() == io::ErrorKind::InvalidInput => {
                PyValueError::new_err(error.to_string())
            }
            Broken::Io(error) => error.into(),
        }
    }
}

/// Where a contender writes: beside the input, a file of its own.
fn beside(source: &Path, name: &str) -> PathBuf {
    let mut target = source.as_os_str().to_owned();
    target.push(format!(".{name}.png"));
    target.into()
}

/// The path of a file that has been written.
struct Written(PathBuf);

fn written(target: &Path, result: Result<(), Broken>) -> PyResult<Box<dyn Output>> {
    result?;
    Ok(Box::new(Written(target.to_owned())))
}

impl Output for Written {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.0.as_path().into_pyobject(py)?.into_any())
    }
}

/// `rustworthy_workloads.pixels_png`
#[pymodule(submodule)]
#[pyo3(name = "pixels_png")]
pub(crate) mod python {
    use super::*;

    /// Reads a PNG file, writes a brighter one and returns its path. Without a level it is compressed fast.
    #[pyfunction]
    #[pyo3(signature = (source, target, level = None))]
    fn brighten(py: Python<'_>, source: PathBuf, target: PathBuf, level: Option<u8>) -> PyResult<PathBuf> {
        let compression = match level {
            Some(level @ 1..=9) => Compression::Level(level),
            Some(level) => return Err(PyValueError::new_err(format!("level {level} isn't one of 1 to 9"))),
            None => Compression::Fast,
        };
        py.detach(|| brighten_file(&source, &target, compression))?;
        Ok(target)
    }
}
