//! What lies between this system and the hardware, and what powers it.

use crate::machine::Root;
use crate::machine::root::field;

/// Virtual machine and container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Host {
    /// Whether this is a virtual machine; `None` where that can't be seen.
    pub is_virtual: Option<bool>,
    /// What kind of virtual machine, or of computer, `KVM, Amazon EC2 t3.large`.
    pub platform: Option<String>,
    /// What kind of container, `docker`; `None` outside of one.
    pub container: Option<String>,
}

/// Where the power comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// The mains, or a supply that reports nothing.
    Mains,
    /// A battery.
    Battery,
}

impl Host {
    pub(super) fn read(root: &Root) -> Self {
        let model = model(root);
        let hypervisor = hypervisor(root, model.as_deref().unwrap_or_default());
        let model = model.filter(|model| hypervisor.is_none_or(|name| !model.starts_with(name)));
        let platform: Vec<String> = hypervisor.iter().map(|&name| name.to_owned()).chain(model).collect();
        Self {
            is_virtual: hypervisor.map(|_| true).or_else(|| flagged(root)),
            platform: (!platform.is_empty()).then(|| platform.join(", ")),
            container: container(root),
        }
    }
}

/// The hypervisor by its traces.
fn hypervisor(root: &Root, model: &str) -> Option<&'static str> {
    /// Words of firmware that only virtual machines have.
    const MODELS: [(&str, &str); 9] = [
        ("Firecracker", "Firecracker"),
        ("VMware", "VMware"),
        ("VirtualBox", "VirtualBox"),
        ("Parallels Virtual", "Parallels"),
        ("Microsoft Corporation Virtual Machine", "Hyper-V"),
        ("Apple Virtualization", "Apple Virtualization"),
        ("QEMU", "QEMU"),
        ("KVM", "KVM"),
        ("Google Compute Engine", "KVM"),
    ];
    let clocks = root.text("sys/devices/system/clocksource/clocksource0/available_clocksource").unwrap_or_default();
    let has_clock = |name: &str| clocks.split_whitespace().any(|clock| clock.starts_with(name));
    let named = MODELS.iter().find(|(words, _)| model.contains(words)).map(|&(_, name)| name);
    if root.text("proc/sys/kernel/osrelease").is_some_and(|release| release.to_lowercase().contains("microsoft")) {
        Some("WSL")
    } else if root.text("sys/hypervisor/type").is_some_and(|kind| kind == "xen") {
        Some("Xen")
    } else if has_clock("hyperv") {
        Some("Hyper-V")
    } else if named.is_some() && flagged(root) != Some(false) {
        named
    } else if has_clock("kvm-clock") {
        Some("KVM")
    } else {
        None
    }
}

/// Whether the processor says that it is a virtual machine's; those of other architectures than x86 don't say.
fn flagged(root: &Root) -> Option<bool> {
    let cpuinfo = root.text("proc/cpuinfo")?;
    Some(field(&cpuinfo, "flags")?.split_whitespace().any(|flag| flag == "hypervisor"))
}

/// Vendor and model by the firmware.
fn model(root: &Root) -> Option<String> {
    let dmi = ["sys_vendor", "product_name"].map(|name| root.text(format!("sys/class/dmi/id/{name}")));
    let dmi: Vec<String> = dmi.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    // Firecracker has no DMI, but puts its name on its ACPI tables, which root alone can read.
    let firecracker = || {
        let table = root.text("sys/firmware/acpi/tables/DSDT")?;
        table.contains("FIRECK").then(|| "Firecracker".to_owned())
    };
    if dmi.is_empty() { firecracker() } else { Some(dmi.join(" ")) }
}

/// The kind of container, if this is one: a virtual machine may be started from a container's files, marks included.
fn container(root: &Root) -> Option<String> {
    // The kernel's own threads are seen from outside of containers alone.
    if root.text("proc/2/comm").is_some_and(|name| name == "kthreadd") {
        return None;
    }
    let groups = root.text("proc/1/cgroup").unwrap_or_default();
    let named = || root.text("run/systemd/container").filter(|name| !name.is_empty());
    let by_group = || {
        let kinds = ["kubepods", "docker", "containerd", "libpod", "lxc"];
        kinds.into_iter().find(|kind| groups.contains(kind)).map(|kind| kind.replace("kubepods", "Kubernetes"))
    };
    if root.has("var/run/secrets/kubernetes.io") {
        Some("Kubernetes".to_owned())
    } else if root.has(".dockerenv") {
        Some("docker".to_owned())
    } else if root.has("run/.containerenv") {
        Some("podman".to_owned())
    } else {
        named().or_else(by_group)
    }
}

impl Power {
    pub(super) fn read(root: &Root) -> Option<Self> {
        const SUPPLIES: &str = "sys/class/power_supply";
        // The battery of a mouse is one of a device, and none of the system.
        let discharging = |name: &String| {
            let read = |file: &str| root.text(format!("{SUPPLIES}/{name}/{file}")).unwrap_or_default();
            read("type") == "Battery" && read("scope") != "Device" && read("status") == "Discharging"
        };
        let names = root.names(SUPPLIES)?;
        Some(if names.iter().any(discharging) { Self::Battery } else { Self::Mains })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::Tree;

    const CLOCKS: &str = "sys/devices/system/clocksource/clocksource0/available_clocksource";

    fn host(files: &[(&str, &str)]) -> (Option<bool>, Option<String>, Option<String>) {
        let Host { is_virtual, platform, container } = Host::read(&Tree::new(files).root());
        (is_virtual, platform, container)
    }

    #[test]
    fn a_cloud_machine_names_hypervisor_and_model() {
        let files = [
            ("proc/cpuinfo", "flags\t\t: fpu hypervisor\n"),
            (CLOCKS, "kvm-clock tsc\n"),
            ("sys/class/dmi/id/sys_vendor", "Amazon EC2\n"),
            ("sys/class/dmi/id/product_name", "t3.large\n"),
        ];
        assert_eq!(host(&files), (Some(true), Some("KVM, Amazon EC2 t3.large".into()), None));
    }

    #[test]
    fn firecracker_has_its_name_on_its_tables() {
        let files =
            [("proc/cpuinfo", "flags : hypervisor\n"), ("sys/firmware/acpi/tables/DSDT", "DSDTS\u{f}FIRECKFCVM")];
        assert_eq!(host(&files), (Some(true), Some("Firecracker".into()), None));
    }

    #[test]
    fn hardware_without_a_hypervisor_is_real() {
        let files = [("proc/cpuinfo", "flags : fpu tsc\n"), ("sys/class/dmi/id/sys_vendor", "Amazon EC2\n")];
        assert_eq!(host(&files), (Some(false), Some("Amazon EC2".into()), None));
    }

    #[test]
    fn a_virtual_machine_of_unknown_kind_is_one() {
        assert_eq!(host(&[("proc/cpuinfo", "flags : hypervisor\n")]), (Some(true), None, None));
        assert_eq!(host(&[(CLOCKS, "hyperv_clocksource_tsc_page")]).1.as_deref(), Some("Hyper-V"));
        assert_eq!(host(&[("proc/sys/kernel/osrelease", "5.15-microsoft-standard")]).1.as_deref(), Some("WSL"));
        assert_eq!(host(&[("sys/hypervisor/type", "xen\n")]).1.as_deref(), Some("Xen"));
    }

    #[test]
    fn where_nothing_is_told_nothing_is_guessed() {
        assert_eq!(host(&[("proc/cpuinfo", "Features : fp asimd\n")]), (None, None, None));
    }

    #[test]
    fn containers_are_known_by_their_marks() {
        let container = |path, text| host(&[(path, text)]).2;
        assert_eq!(container(".dockerenv", "").as_deref(), Some("docker"));
        assert_eq!(container("run/.containerenv", "").as_deref(), Some("podman"));
        assert_eq!(container("run/systemd/container", "lxc\n").as_deref(), Some("lxc"));
        assert_eq!(container("proc/1/cgroup", "0::/kubepods/pod1\n").as_deref(), Some("Kubernetes"));
        assert_eq!(container("proc/1/cgroup", "0::/init.scope\n"), None);
    }

    #[test]
    fn a_virtual_machine_made_of_a_containers_files_is_none() {
        assert_eq!(host(&[(".dockerenv", ""), ("proc/2/comm", "kthreadd\n")]).2, None);
        assert_eq!(host(&[(".dockerenv", ""), ("proc/2/comm", "sh\n")]).2.as_deref(), Some("docker"));
    }

    #[test]
    fn only_a_battery_of_the_system_that_empties_counts() {
        let power = |files: &[(&str, &str)]| Power::read(&Tree::new(files).root());
        assert_eq!(power(&[]), None);
        let mouse = [
            ("sys/class/power_supply/mouse/type", "Battery"),
            ("sys/class/power_supply/mouse/scope", "Device"),
            ("sys/class/power_supply/mouse/status", "Discharging"),
        ];
        assert_eq!(power(&mouse), Some(Power::Mains));
        let laptop = [
            ("sys/class/power_supply/BAT0/type", "Battery\n"),
            ("sys/class/power_supply/BAT0/status", "Discharging\n"),
        ];
        assert_eq!(power(&laptop), Some(Power::Battery));
    }
}
