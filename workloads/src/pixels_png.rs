//! `pixels-png`: a picture from file to file, a fifth brighter.
//!
//! What is read and what is refused follows Pillow, with the exceptions that it raises.

mod broken;
#[cfg(feature = "python")]
pub(crate) mod face;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Cursor};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use png::{BitDepth, ColorType, DecodeOptions, Decoder, DeflateCompression, Encoder, Filter};

use crate::endpoint::{Endpoint, Refusal};
use crate::pixels::{Mode, Picture, UnknownMode, brighten, brighten_as_published};
pub use broken::Broken;

/// Both compress fast, and refuse what isn't identified as a `SyntaxError`, as Pillow's own decoders do.
///
/// `pixels-png` takes the contents of a file and gives those of the brighter one; `pixels-png-path` takes the paths
/// of both, with a NUL between them, and gives nothing.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { name: "pixels-png", reads_files: false, respond: |file| Ok(brighten_png(file, Compression::Fast)?) },
    Endpoint {
        name: "pixels-png-path",
        reads_files: true,
        respond: |request| {
            let mut paths = request.split(|&byte| byte == 0).map(|path| Path::new(OsStr::from_bytes(path)));
            let (Some(source), Some(target), None) = (paths.next(), paths.next(), paths.next()) else {
                return Err(Refusal::new("ValueError", "the request isn't two paths with a NUL between them"));
            };
            brighten_file(source, target, Compression::Fast)?;
            Ok(Vec::new())
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

/// The published Rust, whose encoder compresses fast by default.
///
/// # Errors
/// [`Broken`], and files that can't be read or written.
pub fn brighten_file_as_published(source: &Path, target: &Path) -> Result<(), Broken> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A PNG file of these samples, in rows that start in bytes of their own.
    fn file(color: ColorType, depth: BitDepth, size: (u32, u32), samples: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, size.0, size.1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![1, 2, 3]);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(samples).unwrap();
        writer.finish().unwrap();
        file
    }

    fn refused(file: &[u8]) -> &'static str {
        Refusal::from(brighten_png(file, Compression::Fast).unwrap_err()).exception
    }

    #[test]
    fn pictures_come_back_as_they_were_whatever_the_compression() {
        for mode in Mode::ALL {
            let pixels: Vec<u8> = (0..=255).cycle().take(17 * 5 * mode.channels()).collect();
            let picture = Picture { mode, size: (17, 5), pixels };
            for compression in [Compression::Fast, Compression::Level(1), Compression::Level(6)] {
                let read = decode(&encode(&picture, compression).unwrap()).unwrap();
                assert_eq!((read.mode, read.size, read.pixels), (mode, (17, 5), picture.pixels.clone()));
            }
        }
    }

    #[test]
    fn few_bits_are_scaled_and_sixteen_are_cut() {
        let pixels = |color, depth, size, samples: &[u8]| {
            let picture = decode(&file(color, depth, size, samples)).unwrap();
            (picture.mode, picture.pixels)
        };
        let grey = ColorType::Grayscale;
        let quarters = pixels(grey, BitDepth::Two, (5, 2), &[0b00_01_10_11, 0b11_000000, 0b11_10_01_00, 0]);
        assert_eq!(quarters, (Mode::L, vec![0, 85, 170, 255, 255, 255, 170, 85, 0, 0]));
        assert_eq!(pixels(grey, BitDepth::Four, (3, 1), &[0x0f, 0x70]), (Mode::L, vec![0, 255, 0x77]));
        assert_eq!(pixels(ColorType::Rgb, BitDepth::Sixteen, (1, 1), &[1, 2, 3, 4, 5, 6]), (Mode::Rgb, vec![1, 3, 5]));
        let grey_alpha = pixels(ColorType::GrayscaleAlpha, BitDepth::Sixteen, (1, 1), &[1, 2, 3, 4]);
        assert_eq!(grey_alpha, (Mode::Rgba, vec![1, 1, 1, 3]));
    }

    #[test]
    fn other_modes_are_refused() {
        assert_eq!(refused(&file(ColorType::Indexed, BitDepth::Eight, (1, 1), &[0])), "ValueError");
        assert_eq!(refused(&file(ColorType::Grayscale, BitDepth::One, (1, 1), &[0])), "ValueError");
        assert_eq!(refused(&file(ColorType::Grayscale, BitDepth::Sixteen, (1, 1), &[0, 0])), "ValueError");
    }

    #[test]
    fn broken_files_are_told_by_where_they_break() {
        let whole = file(ColorType::Rgb, BitDepth::Eight, (9, 9), &(0..243).collect::<Vec<u8>>());
        assert_eq!(refused(b""), "SyntaxError");
        assert_eq!(refused(b"GIF89a"), "SyntaxError");
        assert_eq!(refused(&whole[..8]), "SyntaxError");
        assert_eq!(refused(&whole[..20]), "OSError", "within the header");
        assert_eq!(refused(&whole[..60]), "OSError", "within the pixels");
        let mut bomb = whole.clone();
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let checksum = crc32fast::hash(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&checksum);
        assert!(matches!(brighten_png(&bomb, Compression::Fast), Err(Broken::Bomb(_))));
        let mut other_size = whole;
        other_size[19] ^= 1;
        assert_eq!(refused(&other_size), "SyntaxError", "the checksum of the header is wrong");
    }

    #[test]
    fn a_missing_file_is_no_broken_one() {
        let missing = brighten_file(Path::new("no-such-file.png"), Path::new("never.png"), Compression::Fast);
        assert_eq!(Refusal::from(missing.unwrap_err()).exception, "FileNotFoundError");
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(at in 0..200_usize, byte in any::<u8>(), end in 0..300_usize) {
            let mut file = file(ColorType::Rgba, BitDepth::Eight, (7, 6), &(0..168).collect::<Vec<u8>>());
            let at = at % file.len();
            file[at] = byte;
            file.truncate(end.max(at));
            let _ = brighten_png(&file, Compression::Fast);
        }
    }
}
