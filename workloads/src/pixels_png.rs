//! `pixels-png`: a picture from file to file, a fifth brighter.
//!
//! What is read and what is refused follows Pillow, with the exceptions that it raises.

mod broken;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use png::{BitDepth, ColorType, DecodeOptions, Decoder, DeflateCompression, Encoder, Filter};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::kernel::{Kernel, Output};
use crate::pixels::{Mode, Picture, UnknownMode, brighten, brighten_as_published};
pub use broken::Broken;

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

/// How hard an encoder tries to make a file small.
#[derive(Clone, Copy, Debug)]
pub enum Compression {
    /// A level of zlib, 1 to 9.
    Level(u8),
    /// The algorithm of the `fdeflate` crate, made for PNG.
    Fast,
}

/// Reads a PNG file, and writes a brighter one.
///
/// # Errors
/// [`Broken`], and files that can't be read or written.
pub fn brighten_file(source: &Path, target: &Path, compression: Compression) -> Result<(), Broken> {
    let brightened = brighten_png(&fs::read(source)?, compression)?;
    Ok(fs::write(target, brightened)?)
}

/// The same for the contents of a file.
///
/// # Errors
/// [`Broken`].
pub fn brighten_png(file: &[u8], compression: Compression) -> Result<Vec<u8>, Broken> {
    let Picture { mode, size, pixels } = decode(file)?;
    encode(&Picture { mode, size, pixels: brighten(mode, &pixels) }, compression)
}

/// The published Rust, whose encoder compresses fast unless told otherwise.
fn brighten_file_as_published(source: &Path, target: &Path) -> Result<(), Broken> {
    let image = image::open(source).map_err(Broken::of_image)?;
    brighten_as_published(&image.into_rgb8()).save(target).map_err(Broken::of_image)
}

/// The picture in a PNG file; the first one, if it's animated.
fn decode(file: &[u8]) -> Result<Picture, Broken> {
    broken::check_headers(file)?;
    // Like zlib, and unlike the crate's defaults.
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_crc(true);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let decoder = Decoder::new_with_options(Cursor::new(file), options);
    let mut reader = decoder.read_info().map_err(Broken::of_header)?;
    let (color, depth, size) = (reader.info().color_type, reader.info().bit_depth, reader.info().size());
    let mode = mode(color, depth)?;
    let mut samples = vec![0; reader.output_buffer_size().ok_or_else(|| Broken::Data("too large".into()))?];
    reader.next_frame(&mut samples).map_err(Broken::of_data)?;
    let pixels = match (color, depth) {
        (_, BitDepth::Eight) => samples,
        (ColorType::GrayscaleAlpha, BitDepth::Sixteen) => {
            let (pixels, _) = samples.as_chunks::<4>();
            pixels.iter().flat_map(|&[grey, _, alpha, _]| [grey, grey, grey, alpha]).collect()
        }
        (_, BitDepth::Sixteen) => samples.into_iter().step_by(2).collect(),
        (_, depth) => unpack(&samples, size.0 as usize, depth as usize),
    };
    Ok(Picture { mode, size, pixels })
}

/// What Pillow makes of the pixels of a PNG file.
fn mode(color: ColorType, depth: BitDepth) -> Result<Mode, UnknownMode> {
    let unknown = |mode: &str| Err(UnknownMode(mode.to_owned()));
    match (color, depth) {
        (ColorType::Indexed, _) => unknown("P"),
        (ColorType::Grayscale, BitDepth::One) => unknown("1"),
        (ColorType::Grayscale, BitDepth::Sixteen) => unknown("I;16"),
        (ColorType::Grayscale, _) => Ok(Mode::L),
        (ColorType::GrayscaleAlpha, BitDepth::Sixteen) | (ColorType::Rgba, _) => Ok(Mode::Rgba),
        (ColorType::GrayscaleAlpha, _) => Ok(Mode::La),
        (ColorType::Rgb, _) => Ok(Mode::Rgb),
    }
}

/// Bytes from rows of two or four bits a sample, each of which starts in a byte of its own.
fn unpack(samples: &[u8], width: usize, depth: usize) -> Vec<u8> {
    let in_a_byte = 8 / depth;
    let largest = (1 << depth) - 1;
    let sample = |row: &[u8], x: usize| row[x / in_a_byte] >> (8 - depth * (x % in_a_byte + 1)) & largest;
    let rows = samples.chunks_exact(width.div_ceil(in_a_byte));
    rows.flat_map(|row| (0..width).map(move |x| sample(row, x) * (255 / largest))).collect()
}

fn encode(picture: &Picture, compression: Compression) -> Result<Vec<u8>, Broken> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, picture.size.0, picture.size.1);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(match picture.mode {
        Mode::L => ColorType::Grayscale,
        Mode::La => ColorType::GrayscaleAlpha,
        Mode::Rgb => ColorType::Rgb,
        Mode::Rgba => ColorType::Rgba,
    });
    encoder.set_filter(Filter::Adaptive);
    encoder.set_deflate_compression(match compression {
        Compression::Level(level) => DeflateCompression::Level(level),
        Compression::Fast => DeflateCompression::FdeflateUltraFast,
    });
    let mut writer = encoder.write_header().map_err(io::Error::from)?;
    writer.write_image_data(&picture.pixels).map_err(io::Error::from)?;
    writer.finish().map_err(io::Error::from)?;
    Ok(file)
}

/// Where a contender writes: beside the input, a file of its own.
fn beside(source: &Path, name: &str) -> PathBuf {
    source.with_extension(OsString::from(format!("{name}.png")))
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
