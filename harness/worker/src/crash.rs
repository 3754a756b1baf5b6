//! Which recorded call was being made when a signal ends the process: said on standard error, after the stack of Python's own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};
use rustworthy_protocol::CRASHED_IN_CALL;

/// The signals by which code that is at fault ends its process.
const SIGNALS: [Signal; 5] = [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGABRT, Signal::SIGILL, Signal::SIGFPE];

/// The line of the call that is being made; 0 for none that is known.
static CALL: AtomicU64 = AtomicU64::new(0);

/// What was done about the signals before.
static BEFORE: OnceLock<Vec<SigAction>> = OnceLock::new();

/// From here on the call of that line is being made; 0 for none.
#[inline]
pub(crate) fn making(line: u64) {
    CALL.store(line, Ordering::Relaxed);
}

/// Watches for signals. To be called before Python's `faulthandler`, which passes them on to what was there before it.
pub(crate) fn watch() -> nix::Result<()> {
    let flags = SaFlags::SA_ONSTACK | SaFlags::SA_NODEFER;
    let action = SigAction::new(SigHandler::Handler(say), flags, SigSet::empty());
    if BEFORE.get().is_some() {
        return Ok(());
    }
    // SAFETY: the handler does only what is safe in one: atomic loads, `write`, `sigaction` and `raise`.
    let before = SIGNALS.map(|signal| unsafe { sigaction(signal, &action) });
    let before = before.into_iter().collect::<nix::Result<_>>()?;
    let _ = BEFORE.set(before);
    Ok(())
}

extern "C" fn say(number: libc::c_int) {
    let line = CALL.load(Ordering::Relaxed);
    if line > 0 {
        let (text, length) = decimal(line);
        write(CRASHED_IN_CALL.as_bytes());
        write(&text[text.len() - length..]);
        write(b"\n");
    }
    let place = SIGNALS.iter().position(|signal| *signal as libc::c_int == number);
    if let Some((place, before)) = place.zip(BEFORE.get()) {
        // SAFETY: restores what was there before.
        let _ = unsafe { sigaction(SIGNALS[place], &before[place]) };
        let _ = raise(SIGNALS[place]);
    }
}

fn write(text: &[u8]) {
    // SAFETY: the text is alive; what isn't written is lost.
    let _ = unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
}

/// A number at the end of an array, and how many digits it has.
fn decimal(mut number: u64) -> ([u8; 20], usize) {
    let mut text = [b'0'; 20];
    let mut length = 0;
    loop {
        length += 1;
        text[20 - length] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return (text, length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_an_allocation() {
        for number in [0, 7, 10, 4096, u64::MAX] {
            let (text, length) = decimal(number);
            assert_eq!(std::str::from_utf8(&text[20 - length..]).unwrap(), number.to_string());
        }
    }
}
