//! How processors are clocked, which share a core, which may be used, and which clock the system uses.

use rustworthy_model::doctor::{Finding, Remedy};

use super::Topic;
use super::topic::{advice, command, setting};
use crate::machine::Machine;

const GOVERNOR: Topic = Topic {
    name: "frequency governor",
    why: "A clock that follows the load times the same code differently after a pause.",
};
const TURBO: Topic = Topic {
    name: "turbo",
    why: "How far the clock exceeds its nominal frequency depends on temperature and on what the other cores do.",
};
const SIBLINGS: Topic =
    Topic { name: "hyperthreads", why: "Two threads of one core slow each other down by up to a half." };
const AFFINITY: Topic = Topic {
    name: "processor affinity",
    why: "What is compared takes turns on one processor, while the harness keeps off it.",
};
const CLOCK: Topic = Topic {
    name: "clock source",
    why: "A clock that has to be asked by a system call adds its own time to every block.",
};

pub(super) fn findings(machine: &Machine) -> [Finding; 5] {
    [governor(machine), turbo(machine), siblings(machine), affinity(machine), clock(machine)]
}

/// What can't be seen in a virtual machine, its host may report.
fn unseen(topic: Topic, machine: &Machine) -> Finding {
    match machine.host.is_virtual {
        Some(true) => topic.unseen(advice("Only the host of this virtual machine can see and set it.")),
        _ => topic.unknown(),
    }
}

fn set(machine: &Machine, purpose: &str, change: &str) -> Remedy {
    setting(machine.host.container.as_deref(), purpose, change)
}

fn governor(machine: &Machine) -> Finding {
    let governors = &machine.frequency.governors;
    if governors.is_empty() {
        return unseen(GOVERNOR, machine);
    }
    let found = governors.join(", ");
    if found == "performance" {
        return GOVERNOR.fine(found);
    }
    GOVERNOR.spoils(found, set(machine, "Keep the clock up", "sudo cpupower frequency-set -g performance"))
}

fn turbo(machine: &Machine) -> Finding {
    match machine.frequency.boost {
        None => unseen(TURBO, machine),
        Some(boost) if !boost.on => TURBO.fine("off"),
        Some(boost) => {
            let change = if boost.by_intel {
                "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
            } else {
                "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost"
            };
            TURBO.note("on", set(machine, "Turn it off while measuring", change))
        }
    }
}

fn siblings(machine: &Machine) -> Finding {
    let Some(threads) = machine.processors.threads_per_core else { return SIBLINGS.unknown() };
    if threads < 2 && machine.host.is_virtual == Some(true) {
        return SIBLINGS.note(
            "none shown, but a virtual machine may hide them: two \"cores\" may be two threads of one",
            advice("Only the host can tell; where there is a choice, take a kind of machine with whole cores."),
        );
    }
    if threads < 2 {
        return SIBLINGS.fine("none: every processor is a core of its own");
    }
    let found = format!("{threads} processors share a core");
    let is_virtual = machine.host.is_virtual == Some(true);
    let remedy = if is_virtual {
        advice("Take a kind of machine with one thread a core, which some clouds offer as an option.")
    } else {
        set(machine, "Turn them off while measuring", "echo off | sudo tee /sys/devices/system/cpu/smt/control")
    };
    // The harness then has to sit on the other thread of the core that is measured on.
    if machine.processors.online.is_some_and(|online| online <= threads) {
        return SIBLINGS.spoils(format!("all {threads} processors share one core"), remedy);
    }
    SIBLINGS.note(found, remedy)
}

fn affinity(machine: &Machine) -> Finding {
    if !machine.can_pin {
        return AFFINITY.spoils(
            "this system doesn't let a process choose its processor",
            advice("Gate on Linux; here allow more time for every benchmark, and expect wider intervals."),
        );
    }
    let processors = &machine.processors;
    let (Some(allowed), Some(online)) = (processors.allowed, processors.online) else { return AFFINITY.unknown() };
    if allowed == 1 {
        let remedy =
            if online == 1 { advice("Take a machine with at least two processors.") } else { widening(machine) };
        return AFFINITY.spoils(format!("one of {online}: the harness disturbs what it measures"), remedy);
    }
    if allowed < online {
        return AFFINITY.note(format!("{allowed} of {online} processors may be used"), widening(machine));
    }
    AFFINITY.fine(format!("all {online} processors may be used"))
}

fn widening(machine: &Machine) -> Remedy {
    match machine.host.container.as_deref() {
        Some("docker" | "podman") => advice("Where that isn't meant, start the container with a wider --cpuset-cpus."),
        Some(_) => advice("Where that isn't meant, give the container a wider set of processors."),
        None => command(
            "Where that isn't meant, let this shell use all of them:",
            "taskset -apc 0-$(($(nproc --all)-1)) $$",
        ),
    }
}

fn clock(machine: &Machine) -> Finding {
    /// Clocks that are read without a system call.
    const FAST: [&str; 6] =
        ["tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource", "timebase"];

    let Some(clock) = machine.processors.clock.as_deref() else { return CLOCK.unknown() };
    if FAST.contains(&clock) {
        return CLOCK.fine(clock);
    }
    match machine.processors.clocks.iter().find(|clock| FAST.contains(&clock.as_str())) {
        Some(better) => {
            let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
            CLOCK.spoils(clock, set(machine, "Take the better one", &format!("echo {better} | sudo tee {path}")))
        }
        None => {
            CLOCK.spoils(clock, advice("The kernel offers no better one; see its log for why: dmesg | grep -i tsc"))
        }
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level::{Fine, Note, Spoils};

    use super::*;
    use crate::machine::facts::Boost;
    use crate::machine::{Frequency, Host, Processors};

    fn machine(processors: Processors) -> Machine {
        Machine { can_pin: true, processors, ..Machine::default() }
    }

    fn threads(threads: usize, online: usize, is_virtual: bool) -> Finding {
        let host = Host { is_virtual: Some(is_virtual), ..Host::default() };
        let processors = Processors { threads_per_core: Some(threads), online: Some(online), ..Processors::default() };
        siblings(&Machine { host, ..machine(processors) })
    }

    fn clocked(governors: &[&str], boost: Option<Boost>) -> Machine {
        let governors = governors.iter().map(|&name| name.to_owned()).collect();
        Machine { frequency: Frequency { governors, boost }, ..machine(Processors::default()) }
    }

    #[test]
    fn any_governor_but_performance_spoils() {
        assert_eq!(governor(&clocked(&["performance"], None)).level, Fine);
        let mixed = governor(&clocked(&["performance", "powersave"], None));
        assert_eq!((mixed.level, mixed.found.as_deref()), (Spoils, Some("performance, powersave")));
        let command = mixed.remedy.unwrap().command;
        assert_eq!(command.as_deref(), Some("sudo cpupower frequency-set -g performance"));
    }

    #[test]
    fn what_a_virtual_machine_hides_is_the_hosts_to_tell() {
        let hidden = Machine { host: Host { is_virtual: Some(true), ..Host::default() }, ..clocked(&[], None) };
        for finding in [governor(&hidden), turbo(&hidden)] {
            assert_eq!((finding.level, &finding.found), (Note, &None));
            assert!(finding.remedy.unwrap().advice.contains("host"));
        }
    }

    #[test]
    fn turbo_is_switched_where_its_driver_is() {
        let change =
            |by_intel| turbo(&clocked(&[], Some(Boost { on: true, by_intel }))).remedy.unwrap().command.unwrap();
        assert!(change(true).contains("echo 1") && change(true).contains("intel_pstate/no_turbo"));
        assert!(change(false).contains("echo 0") && change(false).contains("cpufreq/boost"));
        assert_eq!(turbo(&clocked(&[], Some(Boost { on: false, by_intel: true }))).level, Fine);
    }

    #[test]
    fn in_a_container_settings_are_those_of_the_host() {
        let host = Host { container: Some("docker".into()), ..Host::default() };
        let advice = governor(&Machine { host, ..clocked(&["powersave"], None) }).remedy.unwrap().advice;
        assert!(advice.contains("outside"), "{advice}");
    }

    #[test]
    fn threads_that_share_a_core_are_told() {
        assert_eq!(threads(1, 4, false).level, Fine);
        assert_eq!(threads(2, 4, false).level, Note);
        assert_eq!(threads(2, 2, false).level, Spoils);
        assert_eq!(siblings(&machine(Processors::default())).found, None);
    }

    #[test]
    fn cores_of_a_virtual_machine_may_be_threads() {
        let finding = threads(1, 2, true);
        assert_eq!(finding.level, Note);
        assert!(finding.found.unwrap().contains("may hide"));
        assert_eq!(threads(2, 4, true).remedy.unwrap().command, None);
    }

    #[test]
    fn processors_that_may_not_be_used_are_told() {
        let of = |allowed, online| {
            affinity(&machine(Processors { allowed: Some(allowed), online: Some(online), ..Processors::default() }))
                .level
        };
        assert_eq!((of(4, 4), of(2, 4), of(1, 4), of(1, 1)), (Fine, Note, Spoils, Spoils));
        assert_eq!(affinity(&Machine::default()).level, Spoils);
    }

    #[test]
    fn a_slow_clock_names_the_better_one() {
        let of = |name: &str, all: &[&str]| {
            let clocks = all.iter().map(|&name| name.to_owned()).collect();
            clock(&machine(Processors { clock: Some(name.to_owned()), clocks, ..Processors::default() }))
        };
        assert_eq!(of("tsc", &["tsc", "hpet"]).level, Fine);
        assert!(of("hpet", &["tsc", "hpet"]).remedy.unwrap().command.unwrap().starts_with("echo tsc | sudo tee"));
        assert_eq!(of("acpi_pm", &["acpi_pm"]).remedy.unwrap().command, None);
        assert_eq!(clock(&Machine::default()).found, None);
    }
}
