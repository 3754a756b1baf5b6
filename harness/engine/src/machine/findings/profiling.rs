//! What a profiler may do. None of it spoils a measurement.

use rustworthy_model::doctor::Finding;

use super::Topic;
use super::topic::{advice, setting};
use crate::machine::Machine;
use crate::machine::facts::Tracing;

const PTRACE: Topic =
    Topic { name: "ptrace", why: "Sampling the stacks of a process takes the permission to trace it." };
const PERF: Topic = Topic {
    name: "perf events",
    why: "Native stacks with the processor's own counters take the permission to open them.",
};

pub(super) fn findings(machine: &Machine) -> [Finding; 2] {
    [ptrace(machine), perf(machine)]
}

fn ptrace(machine: &Machine) -> Finding {
    let tracing = &machine.kernel.tracing;
    let remedy = || {
        let container = machine.host.container.as_deref();
        let purpose = "To profile processes that run already, start it with sudo, or allow it to all";
        setting(container, purpose, "sudo sysctl kernel.yama.ptrace_scope=0")
    };
    let Tracing { visible, ptrace_scope, may_trace_all, .. } = *tracing;
    match ptrace_scope {
        _ if !visible => PTRACE.unknown(),
        Some(3..) => PTRACE.note(
            "forbidden to all until the next start",
            advice("Set kernel.yama.ptrace_scope to 1 for the next start."),
        ),
        _ if may_trace_all => PTRACE.fine("all processes"),
        None | Some(0) => PTRACE.fine("processes of the same user"),
        Some(1) => PTRACE.note("processes that it starts itself, not those that run already", remedy()),
        Some(2) => PTRACE.note("forbidden but to root", remedy()),
    }
}

fn perf(machine: &Machine) -> Finding {
    let Tracing { visible, perf_paranoid, may_use_all_events, is_filtered, .. } = machine.kernel.tracing;
    let container = machine.host.container.as_deref();
    match perf_paranoid {
        _ if !visible => PERF.unknown(),
        None => PERF.note("this kernel has none", advice("Profile with a sampler that needs none.")),
        _ if may_use_all_events => PERF.fine("all, the kernel's too"),
        Some(_) if is_filtered => PERF.note(
            "a filter of system calls may forbid them, as those of containers do",
            advice("Start the container with --cap-add PERFMON."),
        ),
        Some(..=1) => PERF.fine("those of own processes, the kernel's part too"),
        Some(2) => PERF.fine("those of own processes, without the kernel's part"),
        Some(level) => {
            let remedy = setting(container, "Allow them for own processes", "sudo sysctl kernel.perf_event_paranoid=2");
            PERF.note(format!("forbidden but to root (kernel.perf_event_paranoid is {level})"), remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level::{self, Fine, Note};

    use super::*;
    use crate::machine::Kernel;

    fn with(tracing: Tracing) -> Machine {
        let tracing = Tracing { visible: true, ..tracing };
        Machine { kernel: Kernel { tracing, ..Kernel::default() }, ..Machine::default() }
    }

    #[test]
    fn tracing_goes_by_yama_and_capabilities() {
        let of = |ptrace_scope, may_trace_all| -> Level {
            ptrace(&with(Tracing { ptrace_scope, may_trace_all, ..Tracing::default() })).level
        };
        assert_eq!(
            [None, Some(0), Some(1), Some(2), Some(3)].map(|scope| of(scope, false)),
            [Fine, Fine, Note, Note, Note]
        );
        assert_eq!(
            [None, Some(0), Some(1), Some(2), Some(3)].map(|scope| of(scope, true)),
            [Fine, Fine, Fine, Fine, Note]
        );
    }

    #[test]
    fn events_go_by_paranoia_capabilities_and_filters() {
        let of = |perf_paranoid, may_use_all_events, is_filtered| -> Level {
            perf(&with(Tracing { perf_paranoid, may_use_all_events, is_filtered, ..Tracing::default() })).level
        };
        assert_eq!([Some(-1), Some(2), Some(4), None].map(|level| of(level, false, false)), [Fine, Fine, Note, Note]);
        assert_eq!((of(Some(4), true, true), of(Some(1), false, true)), (Fine, Note));
    }

    #[test]
    fn what_is_not_told_is_unknown() {
        assert_eq!(findings(&Machine::default()).map(|finding| finding.found), [None, None]);
    }
}
