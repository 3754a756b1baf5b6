//! `pixels`: a picture in memory, a fifth brighter.
//!
//! Grey and colour values become `min(int(v * 1.2), 255)`, and alpha stays as it is.

mod arrow;

use std::fmt::{self, Display};
use std::str::FromStr;

use image::{Rgb, RgbImage};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::endpoint::{Endpoint, Refusal};
use crate::kernel::{Kernel, Output};
use crate::messages;
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

/// Request: the mode's name, a line feed, the packed pixels. Response: the packed pixels.
pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    name: "pixels",
    reads_files: false,
    respond: |request| {
        let mut parts = request.splitn(2, |&byte| byte == b'\n');
        let mode = String::from_utf8_lossy(parts.next().unwrap_or_default()).parse()?;
        Ok(brighten(mode, whole(mode, parts.next().unwrap_or_default())?))
    },
}];

/// Answers a gRPC request.
pub(crate) fn answer(image: messages::Image) -> Result<messages::Image, Refusal> {
    let mode = image.mode.parse()?;
    let pixels = brighten(mode, whole(mode, &image.pixels)?);
    Ok(messages::Image { pixels, ..image })
}

/// The channels of a pixel, a byte each, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Grey.
    L,
    /// Grey and alpha.
    La,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::L, Self::La, Self::Rgb, Self::Rgba];

    /// The name that Pillow gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::L => "L",
            Self::La => "LA",
            Self::Rgb => "RGB",
            Self::Rgba => "RGBA",
        }
    }

    /// How many channels a pixel has.
    pub fn channels(self) -> usize {
        self.name().len()
    }

    /// How many bytes Pillow keeps a pixel in. The last one is alpha, or means nothing.
    fn stored(self) -> usize {
        if self == Self::L { 1 } else { 4 }
    }
}

/// A mode that can't be brightened.
#[derive(Debug)]
pub struct UnknownMode(pub(crate) String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        Self::ALL.into_iter().find(|mode| mode.name() == name).ok_or_else(|| UnknownMode(name.to_owned()))
    }
}

impl Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't brighten mode {}; L, LA, RGB and RGBA can be", self.0)
    }
}

impl From<UnknownMode> for Refusal {
    fn from(error: UnknownMode) -> Self {
        Self::new("ValueError", error.to_string())
    }
}

impl From<UnknownMode> for PyErr {
    fn from(error: UnknownMode) -> Self {
        PyValueError::new_err(error.to_string())
    }
}

/// The pixels themselves, if none of them lacks a channel.
fn whole(mode: Mode, pixels: &[u8]) -> Result<&[u8], Refusal> {
    match pixels.len().is_multiple_of(mode.channels()) {
        true => Ok(pixels),
        false => Err(Refusal::new("ValueError", format!("{} bytes aren't whole {} pixels", pixels.len(), mode.name()))),
    }
}

/// The pixels, a fifth brighter. Bytes after the last whole pixel are dropped.
pub fn brighten(mode: Mode, pixels: &[u8]) -> Vec<u8> {
    match mode {
        Mode::L | Mode::Rgb => pixels.iter().copied().map(brighter).collect(),
        Mode::La => brighten_all_but_last::<2>(pixels),
        Mode::Rgba => brighten_all_but_last::<4>(pixels),
    }
}

/// The same for pixels of N bytes, the last of which stays as it is.
fn brighten_all_but_last<const N: usize>(pixels: &[u8]) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<N>();
    let brightened = pixels.iter().map(|pixel| {
        let mut brightened = pixel.map(brighter);
        brightened[N - 1] = pixel[N - 1];
        brightened
    });
    brightened.collect::<Vec<_>>().into_flattened()
}

/// `min(int(value * 1.2), 255)` for all 256 values, in steps that the compiler can take for many bytes at once.
fn brighter(value: u8) -> u8 {
    value.saturating_add(value / 5)
}

/// The published Rust: the same double loop over the pixels of the `image` crate.
pub fn brighten_as_published(image: &RgbImage) -> RgbImage {
    let brighter = |value: u8| (f32::from(value) * 1.2).min(255.0) as u8;
    let mut result = RgbImage::new(image.width(), image.height());
    for y in 0..image.height() {
        for x in 0..image.width() {
            let Rgb([r, g, b]) = *image.get_pixel(x, y);
            result.put_pixel(x, y, Rgb([brighter(r), brighter(g), brighter(b)]));
        }
    }
    result
}

/// A picture, its pixels packed row by row.
pub(crate) struct Picture {
    pub(crate) mode: Mode,
    /// Width and height.
    pub(crate) size: (u32, u32),
    pub(crate) pixels: Vec<u8>,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_value_becomes_what_python_makes_of_it() {
        for value in 0..=255 {
            assert_eq!(brighter(value), (f64::from(value) * 1.2).min(255.0) as u8);
        }
    }

    #[test]
    fn alpha_stays_as_it_is() {
        assert_eq!(brighten(Mode::L, &[0, 100, 255]), [0, 120, 255]);
        assert_eq!(brighten(Mode::La, &[100, 100, 255, 0]), [120, 100, 255, 0]);
        assert_eq!(brighten(Mode::Rgb, &[10, 100, 250]), [12, 120, 255]);
        assert_eq!(brighten(Mode::Rgba, &[10, 100, 250, 100]), [12, 120, 255, 100]);
    }

    #[test]
    fn modes_without_a_meaning_here_are_refused() {
        for mode in Mode::ALL {
            assert_eq!(mode.name().parse::<Mode>().unwrap(), mode);
        }
        for mode in ["", "l", "P", "1", "I;16", "CMYK", "RGBa"] {
            assert!(mode.parse::<Mode>().is_err(), "{mode}");
        }
    }

    #[test]
    fn a_request_is_a_mode_and_whole_pixels() {
        let respond = ENDPOINTS[0].respond;
        assert_eq!(respond(b"RGB\n\x0a\x64\xfa").unwrap(), [12, 120, 255]);
        assert_eq!(respond(b"L\n").unwrap(), b"");
        for request in [&b""[..], b"RGB\n\x0a\x64", b"\xff\n", b"P\n\0"] {
            assert_eq!(respond(request).unwrap_err().exception, "ValueError", "{request:?}");
        }
    }

    proptest! {
        #[test]
        fn any_picture_agrees_with_the_published_loop(width in 1..20_u32, pixels in prop::collection::vec(any::<u8>(), 0..2000)) {
            let height = pixels.len() as u32 / (3 * width);
            let pixels = &pixels[..(3 * width * height) as usize];
            let image = RgbImage::from_raw(width, height, pixels.to_vec()).unwrap();
            prop_assert_eq!(brighten(Mode::Rgb, pixels), brighten_as_published(&image).into_raw());
        }

        #[test]
        fn no_request_makes_it_panic(request in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = (ENDPOINTS[0].respond)(&request);
        }
    }
}
