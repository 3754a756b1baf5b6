//! Whether a program is for the processors of this machine: the system says of one that isn't only that it can't be run, or hands
//! it to a shell.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a file that tell, as of the ELF specification: class and byte order from the fifth on, the machine from the
/// nineteenth on.
const HEAD: usize = 20;

/// What a program is for, where this program is for something else; nothing where that can't be told.
pub(super) fn foreign(program: &Path) -> Option<String> {
    let own = head(&std::env::current_exe().ok()?)?;
    let other = head(program)?;
    let tells = |head: [u8; HEAD]| (head[4], head[5], machine(head));
    (tells(own) != tells(other)).then(|| name(other))
}

fn head(file: &Path) -> Option<[u8; HEAD]> {
    let mut head = [0; HEAD];
    // What is no plain file may have no end, or wait for somebody who writes.
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    File::open(file).ok()?.read_exact(&mut head).ok()?;
    head.starts_with(b"\x7fELF").then_some(head)
}

fn machine(head: [u8; HEAD]) -> u16 {
    let bytes = [head[18], head[19]];
    if head[5] == 2 { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}

/// The machine of an ELF file, as systems call it.
fn name(head: [u8; HEAD]) -> String {
    let is_64_bit = head[4] == 2;
    match machine(head) {
        3 => "i386".to_owned(),
        20 | 21 => "PowerPC".to_owned(),
        22 => "s390x".to_owned(),
        40 => "32-bit ARM".to_owned(),
        62 if is_64_bit => "x86-64".to_owned(),
        183 => "aarch64".to_owned(),
        243 => "RISC-V".to_owned(),
        258 => "LoongArch".to_owned(),
        other => format!("another processor (ELF machine {other})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a program for a machine.
    fn program_for(machine: u16) -> Vec<u8> {
        let mut head = b"\x7fELF\x02\x01\x01".to_vec();
        head.resize(18, 0);
        head.extend(machine.to_le_bytes());
        head.resize(64, 0);
        head
    }

    #[test]
    fn a_program_for_other_processors_is_told_from_one_for_these_and_from_what_is_no_program() {
        let folder = tempfile::tempdir().unwrap();
        let of = |contents: &[u8]| {
            let file = folder.path().join("program");
            std::fs::write(&file, contents).unwrap();
            foreign(&file)
        };
        if !cfg!(target_os = "linux") {
            return assert_eq!(of(&program_for(183)), None);
        }
        let other = if cfg!(target_arch = "aarch64") { (62, "x86-64") } else { (183, "aarch64") };
        assert_eq!(of(&program_for(other.0)), Some(other.1.to_owned()));
        assert_eq!(of(&program_for(243)), Some("RISC-V".to_owned()));
        assert_eq!(of(&program_for(4711)), Some("another processor (ELF machine 4711)".to_owned()));
        assert_eq!((of(b"#!/bin/sh\nexec python3 \"$@\"\n"), of(b"\x7fELF")), (None, None));
        assert_eq!(foreign(&std::env::current_exe().unwrap()), None);
        assert_eq!(foreign("/dev/zero".as_ref()), None);
    }
}
