//! The machine and the program, as far as a result has to name them.

use std::fs;

use rustworthy_model::environment::{Environment, Python};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::host::Host;
use crate::measure::Control;
use crate::python::Interpreter;
use crate::workers::allowed_cpus;

/// The machine, the interpreter and the program.
pub fn environment(host: &Host, interpreter: &Interpreter, control: &Control) -> Environment {
    let cpus = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = system(cpus.with_memory(MemoryRefreshKind::nothing().with_ram()));
    Environment {
        cpu: system
            .as_ref()
            .and_then(|system| system.cpus().first())
            .map_or("unknown", |cpu| cpu.brand().trim())
            .to_owned(),
        cores: allowed_cpus().len(),
        memory_bytes: system.as_ref().map_or(0, System::total_memory),
        os: operating_system(),
        governor: governor(),
        python: Python {
            version: control.ready.version.clone(),
            executable: interpreter.executable.display().to_string(),
            libpython: control.ready.libpython.as_ref().map(|path| path.display().to_string()),
            embedded_over_executable: control.embedded_over_executable,
        },
        rustworthy: host.identity.clone(),
        spoiling: Vec::new(),
        noise: None,
    }
}

/// Memory in bytes that is free to use.
pub fn available_memory() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    system(memory).map_or(0, |system| system.available_memory())
}

fn system(what: RefreshKind) -> Option<System> {
    System::new_with_specifics(what).ok()
}

fn operating_system() -> String {
    let name = System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    let kernel = System::kernel_version().map(|version| format!(", kernel {version}")).unwrap_or_default();
    format!("{name}{kernel}, {}", std::env::consts::ARCH)
}

/// The frequency governor, where the system shows one.
pub fn governor() -> Option<String> {
    let governor = fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").ok()?;
    Some(governor.trim().to_owned())
}
