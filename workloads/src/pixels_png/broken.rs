//! Files that aren't PNG, or are broken, refused as Pillow refuses them.

use std::fmt::{self, Display};
use std::io;

use image::ImageError;
use png::DecodingError;

use crate::endpoint::Refusal;
use crate::pixels::UnknownMode;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Twice Pillow's `MAX_IMAGE_PIXELS`: beyond, it opens no file.
const MAX_PIXELS: u64 = 2 * (1024 * 1024 * 1024 / 4 / 3);

/// Why a file isn't brightened.
#[derive(Debug)]
pub enum Broken {
    /// It isn't a PNG file, or what comes before the pixels is broken.
    Unidentified(String),
    /// The header is cut short.
    Header(&'static str),
    /// It would take too much memory.
    Bomb(u64),
    /// Its pixels aren't of a mode that can be brightened.
    Mode(UnknownMode),
    /// Its pixels are broken or missing.
    Data(String),
    /// It can't be read, or the other one not be written.
    Io(io::Error),
}

impl Broken {
    pub(super) fn of_header(error: DecodingError) -> Self {
        Self::Unidentified(error.to_string())
    }

    pub(super) fn of_data(error: DecodingError) -> Self {
        Self::Data(error.to_string())
    }

    pub(super) fn of_image(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::Io(error),
            error => Self::Data(error.to_string()),
        }
    }
}

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unidentified(why) => write!(f, "cannot identify image file: {why}"),
            Self::Header(why) => f.write_str(why),
            Self::Bomb(pixels) => write!(f, "{pixels} pixels could be a decompression bomb"),
            Self::Mode(mode) => mode.fmt(f),
            Self::Data(why) => write!(f, "broken or truncated image data: {why}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<UnknownMode> for Broken {
    fn from(mode: UnknownMode) -> Self {
        Self::Mode(mode)
    }
}

impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Self {
        let exception = match broken {
            Broken::Unidentified(_) => "SyntaxError",
            Broken::Header(_) | Broken::Mode(_) => "ValueError",
            // Pillow's own class isn't built in.
            Broken::Bomb(_) | Broken::Data(_) => "OSError",
            Broken::Io(error) => return error.into(),
        };
        Self::new(exception, broken.to_string())
    }
}

/// Checks what comes before the pixels as strictly as Pillow does.
///
/// Decoders differ there: the `png` crate passes over chunks with a wrong checksum that aren't vital, and tells a file
/// that ends within a chunk from one that ends between two.
///
/// # Errors
/// [`Broken::Unidentified`], [`Broken::Data`] within a chunk, [`Broken::Header`], or [`Broken::Bomb`].
pub(super) fn check_headers(file: &[u8]) -> Result<(), Broken> {
    let unidentified = |why: &str| Broken::Unidentified(why.to_owned());
    let mut rest = file.strip_prefix(SIGNATURE).ok_or_else(|| unidentified("not a PNG file"))?;
    let mut size = None;
    loop {
        let (length, after) = rest.split_first_chunk().ok_or_else(|| unidentified("no image data"))?;
        let (name, after) = after.split_first_chunk::<4>().ok_or_else(|| unidentified("no image data"))?;
        match name {
            b"IDAT" | b"IEND" => break,
            name if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') => {
                return Err(unidentified("broken chunk"));
            }
            _ => {}
        }
        let length = u32::from_be_bytes(*length) as usize;
        let (data, after) = after.split_at_checked(length).ok_or_else(|| Broken::Data("truncated chunk".into()))?;
        if name == b"IHDR" {
            size = Some(size_of(data)?);
        }
        let (checksum, after) = after.split_first_chunk().ok_or_else(|| unidentified("incomplete checksum"))?;
        let mut expected = crc32fast::Hasher::new();
        expected.update(name);
        expected.update(data);
        if u32::from_be_bytes(*checksum) != expected.finalize() {
            return Err(unidentified("bad checksum"));
        }
        rest = after;
    }
    match size {
        None | Some(0) => Err(unidentified("no size")),
        Some(pixels) if pixels > MAX_PIXELS => Err(Broken::Bomb(pixels)),
        Some(_) => Ok(()),
    }
}

/// How many pixels a header announces.
fn size_of(header: &[u8]) -> Result<u64, Broken> {
    let side = |at: usize| header.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes).map(u64::from);
    match (side(0), side(4)) {
        (Some(width), Some(height)) if header.len() >= 13 => Ok(width.saturating_mul(height)),
        _ => Err(Broken::Header("Truncated IHDR chunk")),
    }
}
