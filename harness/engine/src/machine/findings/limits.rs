//! What control groups allow.

use rustworthy_model::doctor::{Finding, Remedy};
use rustworthy_model::figures;

use super::Topic;
use super::topic::advice;
use crate::machine::Machine;

const QUOTA: Topic = Topic {
    name: "processor quota",
    why: "A group that has used its time is stopped for the rest of a tenth of a second, in the midst of what is measured.",
};
const MEMORY: Topic = Topic {
    name: "memory limit",
    why: "Near its limit a group has its memory reclaimed while it runs, and beyond it its processes are killed.",
};

/// Processors that measuring needs: one for what is measured, one for the harness.
const NEEDED: f64 = 2.0;
/// Share of periods in which a group may be stopped.
const THROTTLED: f64 = 0.01;
/// Bytes below which what is left of the memory is too little for an interpreter with its libraries and inputs.
const ROOM: u64 = 1 << 30;

pub(super) fn findings(machine: &Machine) -> [Finding; 2] {
    [quota(machine), memory(machine)]
}

fn quota(machine: &Machine) -> Finding {
    let limits = &machine.limits;
    let usable = machine.processors.allowed.map(|allowed| allowed as f64);
    let quota = limits.processors.filter(|&quota| usable.is_none_or(|usable| quota < usable));
    let throttling = limits.throttling.filter(|throttling| throttling.throttled > 0);
    let stopped = throttling.map(|throttling| {
        let (throttled, periods) = (figures::count(throttling.throttled), figures::count(throttling.periods));
        format!("stopped in {throttled} of {periods} periods so far")
    });
    let share = throttling.map_or(0.0, |one| one.throttled as f64 / one.periods.max(1) as f64);
    match (quota, stopped) {
        _ if !limits.visible => QUOTA.unknown(),
        (None, None) => QUOTA.fine("none that binds"),
        (quota, stopped) => {
            let quota_text =
                quota.map(|quota| format!("{} processors' worth of time", (quota * 100.0).round() / 100.0));
            let found = quota_text.into_iter().chain(stopped).collect::<Vec<_>>().join(", ");
            let remedy = wider(machine, "--cpus", "resources.limits.cpu", "CPUQuota=");
            if quota.is_some_and(|quota| quota < NEEDED) || share >= THROTTLED {
                QUOTA.spoils(found, remedy)
            } else {
                QUOTA.note(found, remedy)
            }
        }
    }
}

fn memory(machine: &Machine) -> Finding {
    let limits = &machine.limits;
    let total = machine.kernel.memory.total;
    let Some(limit) = limits.memory.filter(|limit| total.is_none_or(|total| limit.bytes < total)) else {
        return if limits.visible { MEMORY.fine("none that binds") } else { MEMORY.unknown() };
    };
    let used = limit.used.map(|used| format!(", {} of it used", figures::bytes(used))).unwrap_or_default();
    let found = format!("{}{used}", figures::bytes(limit.bytes));
    let remedy = wider(machine, "--memory", "resources.limits.memory", "MemoryMax=");
    // Caches count as used but make room, so that only a limit that is small itself is known to spoil.
    if limit.bytes < ROOM { MEMORY.spoils(found, remedy) } else { MEMORY.note(found, remedy) }
}

/// Where a limit is set, as far as that's known.
fn wider(machine: &Machine, option: &str, kubernetes: &str, unit: &str) -> Remedy {
    match machine.host.container.as_deref() {
        Some("docker" | "podman") => advice(&format!("Start the container without {option}, or with more.")),
        Some("Kubernetes") => advice(&format!("Raise {kubernetes} of the container.")),
        Some(_) => advice("Raise the limit of the container, from outside of it."),
        None => {
            advice(&format!("Raise the limit of the control group; where systemd set it, that is {unit} of the unit."))
        }
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level::{Fine, Note, Spoils};

    use super::*;
    use crate::machine::facts::MemoryLimit;
    use crate::machine::{Host, Kernel, Limits, Memory, Processors, Throttling};

    fn machine(limits: Limits) -> Machine {
        let processors = Processors { allowed: Some(4), ..Processors::default() };
        Machine { processors, limits: Limits { visible: true, ..limits }, ..Machine::default() }
    }

    fn of(processors: Option<f64>, throttled: u64) -> Finding {
        let throttling = Some(Throttling { periods: 1000, throttled });
        quota(&machine(Limits { processors, throttling, ..Limits::default() }))
    }

    #[test]
    fn a_quota_below_what_measuring_needs_spoils() {
        assert_eq!(of(None, 0).level, Fine);
        assert_eq!(of(Some(4.0), 0).level, Fine);
        assert_eq!(of(Some(3.0), 0).level, Note);
        let tight = of(Some(1.5), 20);
        let text = "1.5 processors' worth of time, stopped in 20 of 1,000 periods so far";
        assert_eq!((tight.level, tight.found.as_deref()), (Spoils, Some(text)));
    }

    #[test]
    fn being_stopped_spoils_whatever_the_quota() {
        assert_eq!(of(Some(3.0), 200).level, Spoils);
        assert_eq!(of(None, 1).level, Note);
    }

    #[test]
    fn memory_is_judged_by_its_limit() {
        let of = |bytes| {
            let kernel = Kernel { memory: Memory { total: Some(1 << 34), ..Memory::default() }, ..Kernel::default() };
            let limit = Some(MemoryLimit { bytes, used: Some(bytes / 2) });
            memory(&Machine { kernel, ..machine(Limits { memory: limit, ..Limits::default() }) })
        };
        assert_eq!((of(1 << 29).level, of(1 << 32).level, of(1 << 34).level), (Spoils, Note, Fine));
        assert_eq!(of(1 << 32).found.as_deref(), Some("4.00 GiB, 2.00 GiB of it used"));
        assert_eq!(memory(&machine(Limits::default())).level, Fine);
    }

    #[test]
    fn the_remedy_is_that_of_the_container() {
        let advice = |container: Option<&str>| {
            let host = Host { container: container.map(str::to_owned), ..Host::default() };
            let limits = Limits { processors: Some(1.0), ..Limits::default() };
            quota(&Machine { host, ..machine(limits) }).remedy.unwrap().advice
        };
        assert!(advice(Some("docker")).contains("--cpus"));
        assert!(advice(Some("Kubernetes")).contains("resources.limits.cpu"));
        assert!(advice(Some("lxc")).contains("outside"));
        assert!(advice(None).contains("CPUQuota="));
    }

    #[test]
    fn without_control_groups_to_see_nothing_is_known() {
        assert_eq!(findings(&Machine::default()).map(|finding| finding.found), [None, None]);
    }
}
