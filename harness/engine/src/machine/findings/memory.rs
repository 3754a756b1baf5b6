//! How the kernel lays memory out and where it keeps it.

use rustworthy_model::doctor::Finding;
use rustworthy_model::figures;

use super::Topic;
use super::topic::{advice, setting};
use crate::machine::Machine;

const PAGES: Topic = Topic {
    name: "transparent huge pages",
    why: "Whether a process gets huge pages depends on how broken up memory is, and changes its time and peak memory.",
};
const SWAP: Topic = Topic { name: "swap", why: "Memory that was swapped out has to be read back while it's measured." };
const LAYOUT: Topic = Topic {
    name: "address layout",
    why: "Every fresh process is to draw its layout anew, or the luck of one layout passes for a change of the code.",
};

pub(super) fn findings(machine: &Machine) -> [Finding; 3] {
    [pages(machine), swap(machine), layout(machine)]
}

fn pages(machine: &Machine) -> Finding {
    match machine.kernel.memory.huge_pages.as_deref() {
        None => PAGES.unknown(),
        Some("always") => {
            let change = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled";
            let container = machine.host.container.as_deref();
            PAGES.note("always", setting(container, "Give them to programs that ask alone", change))
        }
        Some("madvise") => PAGES.fine("madvise: only for programs that ask"),
        Some(other) => PAGES.fine(other),
    }
}

fn swap(machine: &Machine) -> Finding {
    let Some(swapped) = machine.kernel.memory.swapped else { return SWAP.unknown() };
    let pages = machine.load.sample.as_ref().map_or(0, |sample| sample.swapped_pages);
    let used = figures::bytes(swapped);
    if pages > 0 {
        let found = format!("{used} in use, {} pages moved just now", figures::count(pages));
        return SWAP.spoils(found, advice("Free memory: end what holds it, or measure smaller inputs."));
    }
    match swapped {
        0 => SWAP.fine("none in use"),
        _ => SWAP.note(format!("{used} in use, none moved just now"), advice("Free memory: end what holds it.")),
    }
}

fn layout(machine: &Machine) -> Finding {
    if machine.kernel.is_fixed {
        let remedy =
            advice("Start rustworthy in a plain shell: setarch -R, or a debugger, has turned it off for this one.");
        return LAYOUT.spoils("randomisation is off for this process", remedy);
    }
    let container = machine.host.container.as_deref();
    let remedy = || setting(container, "Turn it on", "sudo sysctl kernel.randomize_va_space=2");
    match machine.kernel.randomisation {
        None => LAYOUT.unknown(),
        Some(0) => LAYOUT.spoils("randomisation is off", remedy()),
        Some(1) => LAYOUT.note("randomised, but for the heap", remedy()),
        Some(_) => LAYOUT.fine("randomised"),
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level::{Fine, Note, Spoils};

    use super::*;
    use crate::machine::{Kernel, Load, Memory, Sample};

    fn with(kernel: Kernel) -> Machine {
        Machine { kernel, ..Machine::default() }
    }

    #[test]
    fn huge_pages_for_all_are_noted() {
        let of = |setting: &str| {
            let memory = Memory { huge_pages: Some(setting.to_owned()), ..Memory::default() };
            pages(&with(Kernel { memory, ..Kernel::default() })).level
        };
        assert_eq!((of("always"), of("madvise"), of("never")), (Note, Fine, Fine));
    }

    #[test]
    fn swap_spoils_while_it_is_moved() {
        let of = |swapped, swapped_pages| {
            let memory = Memory { swapped: Some(swapped), ..Memory::default() };
            let sample = Some(Sample { swapped_pages, ..Sample::default() });
            let load = Load { sample, ..Load::default() };
            swap(&Machine { load, ..with(Kernel { memory, ..Kernel::default() }) }).level
        };
        assert_eq!((of(0, 0), of(1 << 20, 0), of(1 << 20, 9)), (Fine, Note, Spoils));
    }

    #[test]
    fn layouts_that_are_not_drawn_anew_spoil() {
        let of =
            |randomisation| layout(&with(Kernel { randomisation: Some(randomisation), ..Kernel::default() })).level;
        assert_eq!((of(0), of(1), of(2)), (Spoils, Note, Fine));
        let fixed = with(Kernel { randomisation: Some(2), is_fixed: true, ..Kernel::default() });
        assert_eq!(layout(&fixed).level, Spoils);
    }

    #[test]
    fn what_is_not_told_is_unknown() {
        assert_eq!(findings(&Machine::default()).map(|finding| finding.found), [None, None, None]);
    }
}
