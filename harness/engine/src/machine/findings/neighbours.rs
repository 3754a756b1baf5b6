//! What else runs, here and on the host, and what powers it all.

use rustworthy_model::doctor::Finding;

use super::Topic;
use super::topic::advice;
use crate::machine::facts::STOLEN;
use crate::machine::{Host, Machine, Power};

const LOAD: Topic = Topic {
    name: "load",
    why: "Whatever else runs takes time, cache, memory bandwidth and clock from what is measured.",
};
const STEAL: Topic =
    Topic { name: "steal time", why: "While the hypervisor runs others, the clock goes on for what is measured." };
const HOST: Topic = Topic {
    name: "host",
    why: "Neighbours on shared hardware change its speed within milliseconds, mostly without a trace in steal time.",
};
const POWER: Topic =
    Topic { name: "power supply", why: "On battery a processor is clocked down, and differently as it empties." };

pub(super) fn findings(machine: &Machine) -> [Finding; 4] {
    [load(machine), steal(machine), host(&machine.host), power(machine.power)]
}

fn load(machine: &Machine) -> Finding {
    let Some(sample) = &machine.load.sample else { return LOAD.unknown() };
    let minute = machine.load.minute;
    let average = minute.map(|minute| format!("; load average of the last minute: {minute:.2}")).unwrap_or_default();
    let (busy, processors, top) = (sample.busy, sample.processors, sample.top_in_words());
    let found = format!("others keep {busy:.2} of {processors} processors busy{top}{average}");
    if sample.is_busy() {
        LOAD.spoils(found, advice("End it, or wait until it's done, or measure where nothing else runs."))
    } else if sample.is_noted() {
        LOAD.note(found, advice("Measure while it rests, if it can be made to."))
    } else if minute.is_some_and(|minute| minute > sample.processors as f64 / 2.0) {
        LOAD.note(found, advice("It's quiet now but wasn't a minute ago: check again before you measure."))
    } else {
        LOAD.fine(found)
    }
}

fn steal(machine: &Machine) -> Finding {
    let (Some(sample), Some(since_start)) = (&machine.load.sample, machine.load.stolen_since_start) else {
        return STEAL.unknown();
    };
    let [now, ever] = [sample.stolen, since_start].map(|share| share * 100.0);
    let found = format!("{now:.1} % of the time just now, {ever:.1} % since the start");
    let elsewhere =
        || advice("Only a host with fewer guests helps: a dedicated one, or one that doesn't share processors.");
    if sample.stolen >= STOLEN {
        STEAL.spoils(found, elsewhere())
    } else if since_start >= STOLEN {
        STEAL.note(found, elsewhere())
    } else {
        STEAL.fine(found)
    }
}

fn host(host: &Host) -> Finding {
    let platform = |kind: &str| match &host.platform {
        Some(platform) => format!("{kind} ({platform})"),
        None => kind.to_owned(),
    };
    let within = host.container.as_ref().map(|container| format!(", in a container ({container})")).unwrap_or_default();
    match host.is_virtual {
        Some(true) => HOST.note(
            platform("a virtual machine") + &within,
            advice("Nothing here shows what neighbours do; for quiet take a machine of your own, or a dedicated host."),
        ),
        Some(false) if host.container.is_some() => HOST.note(
            platform("a computer") + &within,
            advice("Other containers share its processors; measure while they rest, or give this one processors of its own."),
        ),
        Some(false) => HOST.fine(platform("a computer, no virtual machine")),
        None if host.container.is_some() => HOST.note(
            format!("not known whether a virtual machine{within}"),
            advice("What runs beside this container can't be seen from here; see to it on the host."),
        ),
        None => HOST.unknown(),
    }
}

fn power(power: Option<Power>) -> Finding {
    match power {
        Some(Power::Battery) => POWER.spoils("on battery", advice("Plug it in.")),
        Some(Power::Mains) => POWER.fine("not on battery"),
        None => POWER.unknown(),
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level::{Fine, Note, Spoils};

    use super::*;
    use crate::machine::{Load, Sample, Usage};

    fn sampled(busy: f64, stolen: f64, minute: f64, since_start: f64) -> Machine {
        let top = Some(Usage { pid: 4711, name: "rustc".into(), busy: busy * 0.8 });
        let sample = Some(Sample { processors: 2, busy, stolen, top, ..Sample::default() });
        let load = Load { minute: Some(minute), stolen_since_start: Some(since_start), sample };
        Machine { load, ..Machine::default() }
    }

    #[test]
    fn load_is_judged_by_its_share_of_all_processors() {
        let level = |busy| load(&sampled(busy, 0.0, 0.1, 0.0)).level;
        assert_eq!((level(0.0), level(0.1), level(0.5)), (Fine, Note, Spoils));
        let found = load(&sampled(0.5, 0.0, 0.1, 0.0)).found.unwrap();
        assert!(found.starts_with("others keep 0.50 of 2 processors busy, 0.40 of them rustc (pid 4711)"), "{found}");
    }

    #[test]
    fn a_quiet_moment_after_a_busy_minute_is_noted() {
        assert_eq!(load(&sampled(0.0, 0.0, 1.7, 0.0)).level, Note);
    }

    #[test]
    fn load_from_outside_the_container_has_no_name() {
        let mut machine = sampled(1.0, 0.0, 1.0, 0.0);
        machine.load.sample.as_mut().unwrap().top = None;
        assert!(load(&machine).found.unwrap().contains("no process that can be seen"));
    }

    #[test]
    fn stolen_time_spoils_while_it_is_stolen() {
        let level = |now, ever| steal(&sampled(0.0, now, 0.0, ever)).level;
        assert_eq!((level(0.05, 0.0), level(0.0, 0.05), level(0.001, 0.001)), (Spoils, Note, Fine));
        assert_eq!(steal(&Machine::default()).found, None);
    }

    #[test]
    fn the_host_is_told_with_its_kind() {
        let of = |is_virtual, platform: Option<&str>, container: Option<&str>| {
            let (platform, container) = (platform.map(str::to_owned), container.map(str::to_owned));
            let finding = host(&Host { is_virtual, platform, container });
            (finding.level, finding.found.unwrap_or_default())
        };
        let both = of(Some(true), Some("KVM"), Some("docker"));
        assert_eq!(both, (Note, "a virtual machine (KVM), in a container (docker)".into()));
        assert_eq!(
            of(Some(false), Some("Dell R640"), None),
            (Fine, "a computer, no virtual machine (Dell R640)".into())
        );
        assert_eq!(of(Some(false), None, Some("lxc")), (Note, "a computer, in a container (lxc)".into()));
        assert_eq!(of(None, None, None), (Note, String::new()));
    }

    #[test]
    fn a_battery_spoils() {
        assert_eq!(power(Some(Power::Battery)).level, Spoils);
        assert_eq!(power(Some(Power::Mains)).level, Fine);
        assert_eq!(power(None).found, None);
    }
}
