//! `pixels`: a picture in memory, a fifth brighter.
//!
//! Grey and colour values become `min(int(v * 1.2), 255)`, and alpha stays as it is.

#[cfg(feature = "python")]
pub(crate) mod face;

use std::fmt::{self, Display};
use std::str::FromStr;

use image::{Rgb, RgbImage};

use crate::endpoint::{Endpoint, Refusal};
use crate::messages;

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
