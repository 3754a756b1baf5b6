//! A program or library that is mapped into the target, with what unwinding needs of it.

use std::fs::File;
use std::io::IoSliceMut;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use framehop::ExplicitModuleSectionInfo;
use memmap2::Mmap;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use object::{Object, ObjectSection, ObjectSegment, SegmentFlags};

use super::maps::Mapping;

/// An image, and where it lies.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// Addresses of its code.
    pub(super) range: Range<u64>,
    /// What has to be subtracted from an address to get the file's own.
    pub(super) bias: u64,
    /// As it's opened here.
    pub(super) file: PathBuf,
    /// As the target calls it.
    pub(super) name: String,
}

/// Where an image is read from.
enum Source {
    /// Its file.
    File(Mmap),
    /// The target's memory: the kernel's own code has no file.
    Copy(Vec<u8>),
}

impl Deref for Source {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::File(file) => file,
            Self::Copy(bytes) => bytes,
        }
    }
}

/// Bytes of an image.
#[derive(Clone)]
pub(super) struct Bytes {
    source: Arc<Source>,
    range: Range<usize>,
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.source[self.range.clone()]
    }
}

pub(super) type Module = framehop::Module<Bytes>;

impl Image {
    /// The image of a mapping of code, with its unwinding tables; `None` for anything but a readable ELF file.
    pub(super) fn of(mapping: &Mapping, pid: Pid) -> Option<(Self, Module)> {
        let path = mapping.file(pid);
        let source = match &path {
            Some(path) => open(path)?,
            None if mapping.name == VDSO => copy(mapping, pid)?,
            None => return None,
        };
        let source = Arc::new(source);
        let object = object::File::parse(&source[..]).ok()?;
        // The segment that this mapping shows gives the offset between the file's addresses and those in memory. It
        // begins on some page of the file, or within it.
        let segment = object.segments().find(|segment| {
            let is_code = matches!(segment.flags(), SegmentFlags::Elf { p_flags } if p_flags & object::elf::PF_X != 0);
            let (offset, size) = segment.file_range();
            is_code && mapping.offset < offset.saturating_add(size) && mapping.offset + PAGE > offset
        })?;
        let (offset, _) = segment.file_range();
        let bias =
            mapping.range.start.wrapping_sub(mapping.offset).wrapping_add(offset).wrapping_sub(segment.address());
        let section = |name: &str| {
            let section = object.section_by_name(name)?;
            let (start, size) = section.file_range()?;
            let (start, end) = (usize::try_from(start).ok()?, usize::try_from(start.checked_add(size)?).ok()?);
            let bytes = (end <= source.len()).then(|| Bytes { source: Arc::clone(&source), range: start..end })?;
            Some((section.address()..section.address() + size, bytes))
        };
        let (eh_frame_svma, eh_frame) = section(".eh_frame").unzip();
        let (eh_frame_hdr_svma, eh_frame_hdr) = section(".eh_frame_hdr").unzip();
        let (text_svma, text) = section(".text").unzip();
        let sections = ExplicitModuleSectionInfo {
            base_svma: 0,
            text_svma,
            text,
            eh_frame_svma,
            eh_frame,
            eh_frame_hdr_svma,
            eh_frame_hdr,
            stubs_svma: None,
            stub_helper_svma: None,
            got_svma: None,
            unwind_info: None,
            debug_frame: None,
            text_segment_svma: None,
            text_segment: None,
        };
        let module = Module::new(mapping.name.clone(), mapping.range.clone(), bias, sections);
        Some((
            Self { range: mapping.range.clone(), bias, file: path.unwrap_or_default(), name: mapping.name.clone() },
            module,
        ))
    }
}

/// Code of the kernel that every process has.
const VDSO: &str = "[vdso]";

/// Files are mapped by pages.
const PAGE: u64 = 0x1000;

fn open(path: &Path) -> Option<Source> {
    let file = File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    // SAFETY: the target runs from the same file: whoever cut it short would crash the target first.
    unsafe { Mmap::map(&file) }.ok().map(Source::File)
}

fn copy(mapping: &Mapping, pid: Pid) -> Option<Source> {
    let length = usize::try_from(mapping.range.end - mapping.range.start).ok()?;
    let mut bytes = vec![0; length];
    let remote = RemoteIoVec { base: mapping.range.start as usize, len: length };
    let read = process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &[remote]).ok()?;
    (read == length).then_some(Source::Copy(bytes))
}
