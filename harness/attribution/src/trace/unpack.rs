//! The contents of files, whatever they are compressed with.

use std::cell::Cell;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::error::{TraceError, unreadable};
use super::options::{Limits, remedy};

/// What a compressed file may unpack to, however small it is.
pub(super) const ALWAYS_UNPACKED: u64 = 64 << 20;
/// With what a frame of Zstandard begins.
pub(super) const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bytes by which it is found out what a file is.
const START: usize = 1 << 16;

/// The contents of a file, unpacked.
pub(super) struct UnpackedFile {
    /// The first bytes, as many as it takes to find out what it is.
    pub(super) start: Vec<u8>,
    rest: Box<dyn Read>,
}

impl UnpackedFile {
    /// # Errors
    /// For a file that can't be read, or unpacked.
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self, TraceError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => TraceError::CutOff { file: path.to_owned(), place: None },
            _ => unreadable(path, &error),
        };
        let packed = File::open(path).map_err(failed)?;
        let size = packed.metadata().map_err(failed)?.len();
        Self::of(packed, size, limits).map_err(failed)
    }

    /// The contents of something of so many bytes.
    pub(super) fn of(packed: impl Read + 'static, size: u64, limits: &Limits) -> io::Result<Self> {
        let mut packed = BufReader::with_capacity(1 << 16, packed);
        let mut magic = Vec::new();
        packed.by_ref().take(4).read_to_end(&mut magic)?;
        let is = |start: &[u8]| magic.starts_with(start);
        let [is_gzip, is_zstd] = [is(&[0x1f, 0x8b]), is(&ZSTD)];
        // Zstandard's frames that hold no data, which tools put first to announce what follows.
        let is_zstd = is_zstd || (magic.len() == 4 && magic[1..] == [0x2a, 0x4d, 0x18] && magic[0] & 0xf0 == 0x50);
        let whole = Cursor::new(magic).chain(packed);
        let limited = |unpacked: Box<dyn Read>| -> Box<dyn Read> {
            let most = size.saturating_mul(limits.expansion).max(ALWAYS_UNPACKED);
            Box::new(Limited { unpacked, left: Rc::new(Cell::new(most)), expansion: limits.expansion })
        };
        let mut rest = if is_gzip {
            limited(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole))))
        } else if is_zstd {
            limited(Box::new(zstd(whole)))
        } else {
            Box::new(whole)
        };
        let mut start = Vec::new();
        match rest.by_ref().take(START as u64).read_to_end(&mut start) {
            Ok(_) => {}
            // What there is may be enough to tell what it is; whoever reads on is told that there is no more.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !start.is_empty() => rest = Box::new(CutOff),
            Err(error) => return Err(error),
        }
        Ok(Self { start, rest })
    }

    /// All of it as a stream.
    pub(super) fn reader(self) -> impl Read {
        Cursor::new(self.start).chain(self.rest)
    }

    /// All of it at once.
    ///
    /// # Errors
    /// For one that can't be read, and for more than the limit.
    pub(super) fn whole(self, path: &Path, limits: &Limits) -> Result<Vec<u8>, TraceError> {
        let most = limits.profile_bytes;
        let mut contents = Vec::new();
        let read = self.reader().take(most.saturating_add(1)).read_to_end(&mut contents);
        read.map_err(|error| unreadable(path, &error))?;
        if contents.len() as u64 > most {
            let message = format!("is a profile of more than {most} bytes, the limit; {}", remedy("profile-bytes"));
            return Err(TraceError::file(path, message));
        }
        Ok(contents)
    }
}

/// The rest of a file that ends too early.
struct CutOff;

impl Read for CutOff {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Ends with an error, not as if there were no more.
pub(super) struct Limited<R> {
    pub(super) unpacked: R,
    /// Bytes that it may still unpack to, together with others.
    pub(super) left: Rc<Cell<u64>>,
    pub(super) expansion: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacked.read(into)?;
        let left = self.left.get().checked_sub(read as u64).ok_or_else(|| {
            let message = format!(
                "it unpacks to more than {} times its size, the limit, as a decompression bomb does; {}",
                self.expansion,
                remedy("expansion")
            );
            io::Error::other(message)
        })?;
        self.left.set(left);
        Ok(read)
    }
}

/// What frames of Zstandard hold.
pub(super) fn zstd<R: Read>(packed: R) -> impl Read + use<R> {
    Zstd { packed: BufReader::with_capacity(1 << 16, packed), frames: FrameDecoder::new(), in_frame: false }
}

/// An error of the decoder. One that is due to the end of the file is told as such.
fn undecodable(what: &str, error: &FrameDecoderError) -> io::Error {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return io::ErrorKind::UnexpectedEof.into();
        }
        cause = error.source();
    }
    io::Error::other(format!("{what}: {error}"))
}

/// Frames of Zstandard, one after the other.
struct Zstd<R> {
    packed: BufReader<R>,
    frames: FrameDecoder,
    in_frame: bool,
}

impl<R: Read> Zstd<R> {
    /// Whether there is another frame.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if io::BufRead::fill_buf(&mut self.packed)?.is_empty() {
                return Ok(false);
            }
            match self.frames.init(&mut self.packed) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.packed.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(undecodable("no frame of Zstandard", &error)),
            }
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.in_frame {
                let read = self.frames.read(into)?;
                if read > 0 || into.is_empty() {
                    return Ok(read);
                }
                if !self.frames.is_finished() {
                    let decoded = self.frames.decode_blocks(&mut self.packed, BlockDecodingStrategy::UptoBlocks(1));
                    decoded.map_err(|error| undecodable("no block of Zstandard", &error))?;
                    continue;
                }
                if self
                    .frames
                    .get_checksum_from_data()
                    .is_some_and(|stored| Some(stored) != self.frames.get_calculated_checksum())
                {
                    return Err(io::Error::other("its checksum isn't that of its contents"));
                }
                self.in_frame = false;
            }
            if !self.next_frame()? {
                return Ok(0);
            }
            self.in_frame = true;
        }
    }
}
