//! From registers and a copy of the stack to return addresses.

use std::io::IoSliceMut;
use std::time::{Duration, Instant};

use framehop::Unwinder as _;
use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use nix::sys::ptrace;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use super::image::{Bytes, Image};
use super::maps::{self, Mapping};

/// Most of a stack that is copied: deeper ones lose their outermost frames.
const LONGEST: u64 = 256 << 10;

/// Most frames of a stack.
const DEEPEST: usize = 1024;

/// What a system call has returned by the kernel's own codes when a sleep in it was broken off: EINTR, and the four that
/// tell the kernel to go on with it afterwards (`include/linux/errno.h`).
const BROKEN_OFF: [i64; 5] = [-4, -512, -513, -514, -516];

/// How often the maps are read again because of an address that isn't in any.
const REFRESH: Duration = Duration::from_millis(200);

/// A stopped thread's registers and stack.
#[derive(Debug)]
pub(crate) struct Snapshot {
    instruction: u64,
    stack: u64,
    frame: u64,
    bytes: Vec<u8>,
    /// The system call that it is in.
    pub(crate) call: Option<i64>,
    /// Whether it slept in that call: stopping it has broken off the sleep.
    pub(crate) slept: bool,
}

/// What the reading of one thread's stack needs to remember: where its stack ends.
#[derive(Debug, Default)]
pub(crate) struct StackEnds(Vec<(Pid, std::ops::Range<u64>)>);

impl Snapshot {
    /// Takes it of a thread that is stopped; `None` of one that was killed even so.
    pub(crate) fn take(pid: Pid, thread: Pid, ends: &mut StackEnds) -> Option<Self> {
        let registers = ptrace::getregs(thread).ok()?;
        let (stack, call) = (registers.rsp, registers.orig_rax as i64);
        let length = ends.of(pid, thread, stack).saturating_sub(stack).min(LONGEST);
        let mut bytes = vec![0; length as usize];
        let read = process_vm_readv(
            pid,
            &mut [IoSliceMut::new(&mut bytes)],
            &[RemoteIoVec { base: stack as usize, len: length as usize }],
        );
        bytes.truncate(read.unwrap_or_default());
        let slept = call >= 0 && BROKEN_OFF.contains(&(registers.rax as i64));
        let call = (call >= 0).then_some(call);
        Some(Self { instruction: registers.rip, stack, frame: registers.rbp, bytes, call, slept })
    }

    /// Eight bytes of the stack.
    fn word(&self, address: u64) -> Result<u64, ()> {
        let start = usize::try_from(address.checked_sub(self.stack).ok_or(())?).map_err(|_| ())?;
        let bytes = self.bytes.get(start..start.checked_add(8).ok_or(())?).ok_or(())?;
        Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| ())?))
    }
}

impl StackEnds {
    /// Where the stack ends that this address is in.
    fn of(&mut self, pid: Pid, thread: Pid, stack: u64) -> u64 {
        if let Some((_, range)) = self.0.iter().find(|(id, range)| *id == thread && range.contains(&stack)) {
            return range.end;
        }
        let range = maps::read(pid).into_iter().find(|mapping| mapping.range.contains(&stack));
        let range = range.map_or(stack..stack, |mapping| mapping.range);
        self.0.retain(|(id, _)| *id != thread);
        // The main thread's stack grows downwards in place.
        self.0.push((thread, range.start.saturating_sub(LONGEST)..range.end));
        range.end
    }
}

/// Unwinds stacks of one process.
pub(crate) struct Unwinder {
    pid: Pid,
    unwinder: UnwinderX86_64<Bytes>,
    cache: CacheX86_64,
    mappings: Vec<Mapping>,
    images: Vec<Image>,
    refreshed: Option<Instant>,
}

impl Unwinder {
    pub(crate) fn new(pid: Pid) -> Self {
        let (unwinder, cache) = (UnwinderX86_64::new(), CacheX86_64::new());
        let mut new = Self { pid, unwinder, cache, mappings: Vec::new(), images: Vec::new(), refreshed: None };
        new.refresh();
        new
    }

    /// Addresses of the code at work, the innermost first, and whether the outermost was reached. Those of callers are
    /// moved into the call, so that they belong to its line.
    pub(crate) fn unwind(&mut self, snapshot: &Snapshot) -> (Vec<u64>, bool) {
        if !self.knows(snapshot.instruction) {
            self.refresh();
        }
        let registers = UnwindRegsX86_64::new(snapshot.instruction, snapshot.stack, snapshot.frame);
        let mut read = |address| snapshot.word(address);
        let mut frames = self.unwinder.iter_frames(snapshot.instruction, registers, &mut self.cache, &mut read);
        let mut addresses = Vec::new();
        let is_whole = loop {
            match frames.next() {
                Ok(Some(frame)) if addresses.len() < DEEPEST => addresses.push(frame.address_for_lookup()),
                Ok(None) => break true,
                Ok(Some(_)) | Err(_) => break false,
            }
        };
        if !is_whole && addresses.last().is_some_and(|&last| !self.knows(last)) {
            self.refresh();
        }
        (addresses, is_whole)
    }

    /// The image that an address is in.
    pub(crate) fn image(&self, address: u64) -> Option<&Image> {
        let index = self.images.partition_point(|image| image.range.end <= address);
        self.images.get(index).filter(|image| image.range.contains(&address))
    }

    fn knows(&self, address: u64) -> bool {
        self.image(address).is_some()
    }

    /// Looks at what is mapped now: libraries are loaded as programs go on.
    fn refresh(&mut self) {
        if self.refreshed.is_some_and(|time| time.elapsed() < REFRESH) {
            return;
        }
        self.refreshed = Some(Instant::now());
        let mappings = maps::read(self.pid);
        if mappings.is_empty() {
            return;
        }
        let code: Vec<Mapping> = mappings.into_iter().filter(|mapping| mapping.is_executable).collect();
        for gone in self.mappings.iter().filter(|old| !code.contains(old)) {
            self.unwinder.remove_module(gone.range.start);
            self.images.retain(|image| image.range.start != gone.range.start);
        }
        for new in code.iter().filter(|new| !self.mappings.contains(new)) {
            if let Some((image, module)) = Image::of(new, self.pid) {
                self.unwinder.add_module(module);
                self.images.push(image);
            }
        }
        self.images.sort_by_key(|image| image.range.start);
        self.mappings = code;
    }
}
