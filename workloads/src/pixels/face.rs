//! What Python sees of it.

mod arrow;

use image::RgbImage;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::{Mode, Picture, UnknownMode, brighten, brighten_as_published, brighter, whole};
use crate::kernel::{Kernel, Output};
use arrow::{Shared, borrowed};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "pixels",
        prepare: |input| {
            let picture = Picture::of(input)?;
            Ok(Box::new(move || {
                let pixels = brighten(picture.mode, &picture.pixels);
                Ok(Box::new(Picture { pixels, ..picture }))
            }))
        },
    },
    Kernel {
        name: "pixels-article",
        prepare: |input| {
            let Picture { mode, size: (width, height), pixels } = Picture::of(input)?;
            let image = RgbImage::from_raw(width, height, pixels).filter(|_| mode == Mode::Rgb);
            let image = image.ok_or_else(|| PyValueError::new_err("the published code takes RGB alone"))?;
            Ok(Box::new(move || {
                let pixels = brighten_as_published(&image).into_raw();
                Ok(Box::new(Picture { mode, size: (width, height), pixels }))
            }))
        },
    },
];

impl From<UnknownMode> for PyErr {
    fn from(error: UnknownMode) -> Self {
        PyValueError::new_err(error.to_string())
    }
}

impl Mode {
    /// How many bytes Pillow keeps a pixel in. The last one is alpha, or means nothing.
    fn stored(self) -> usize {
        if self == Self::L { 1 } else { 4 }
    }
}

impl Picture {
    /// Reads a Pillow image.
    fn of(image: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mode = image.getattr("mode")?.extract::<String>()?.parse()?;
        Ok(Self { mode, size: image.getattr("size")?.extract()?, pixels: image.call_method0("tobytes")?.extract()? })
    }
}

impl Output for Picture {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // The workload's own module tells how images are compared.
        let pillow = py.import("pixels")?.getattr("Image")?;
        pillow.call_method1("frombytes", (self.mode.name(), self.size, PyBytes::new(py, &self.pixels)))
    }
}

/// A pixel as Pillow gives it to Python.
trait Pixel: for<'a, 'py> FromPyObject<'a, 'py> + for<'py> IntoPyObject<'py> {
    fn brighter(self) -> Self;
}

impl Pixel for u8 {
    fn brighter(self) -> Self {
        brighter(self)
    }
}

impl Pixel for (u8, u8) {
    fn brighter(self) -> Self {
        (brighter(self.0), self.1)
    }
}

impl Pixel for (u8, u8, u8) {
    fn brighter(self) -> Self {
        (brighter(self.0), brighter(self.1), brighter(self.2))
    }
}

impl Pixel for (u8, u8, u8, u8) {
    fn brighter(self) -> Self {
        (brighter(self.0), brighter(self.1), brighter(self.2), self.3)
    }
}

fn brighten_list<'py, P: Pixel>(list: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let pixels: Vec<P> = list.extract()?;
    PyList::new(list.py(), pixels.into_iter().map(P::brighter))
}

/// `rustworthy_workloads.pixels`
#[pymodule(submodule)]
#[pyo3(name = "pixels")]
pub(crate) mod python {
    use super::*;

    /// The packed pixels, a fifth brighter.
    #[pyfunction]
    fn brighten<'py>(py: Python<'py>, mode: &str, pixels: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let mode = mode.parse()?;
        let pixels = whole(mode, pixels)?;
        let pixels = py.detach(|| super::brighten(mode, pixels));
        Ok(PyBytes::new(py, &pixels))
    }

    /// The same for a list of numbers or tuples.
    #[pyfunction]
    fn brighten_tuples<'py>(mode: &str, pixels: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        match mode.parse()? {
            Mode::L => brighten_list::<u8>(pixels),
            Mode::La => brighten_list::<(u8, u8)>(pixels),
            Mode::Rgb => brighten_list::<(u8, u8, u8)>(pixels),
            Mode::Rgba => brighten_list::<(u8, u8, u8, u8)>(pixels),
        }
    }

    /// The pixels of a Pillow image in the memory layout of another, for `Image.fromarrow`.
    #[pyfunction]
    fn brighten_shared(image: &Bound<'_, PyAny>) -> PyResult<Shared> {
        let mode: Mode = image.getattr("mode")?.extract::<String>()?.parse()?;
        borrowed(image, |pixels| match mode.stored() {
            1 => Shared::new(super::brighten(Mode::L, pixels)),
            _ => Shared::new(super::brighten(Mode::Rgba, pixels)),
        })
    }
}
