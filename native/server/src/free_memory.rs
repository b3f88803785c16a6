//! How much memory this process may still take without swapping, as Linux says: what the machine has left, or what a control
//! group that the process runs in leaves of its limit, if that is less. Containers and system services have such groups.

use std::{fs, iter};

/// Bytes that can still be taken; `None` where the system does not say.
pub fn free_memory() -> Option<usize> {
    least(|path| fs::read_to_string(path).ok())
}

/// The least of what the files say that `read` reads.
fn least(read: impl Fn(&str) -> Option<String>) -> Option<usize> {
    let machine = read("/proc/meminfo").and_then(|text| available(&text));
    let groups = read("/proc/self/cgroup").unwrap_or_default();
    let left = groups.lines().filter_map(memory_group).flat_map(|(version, path)| {
        let lefts = folders(path)
            .map(|folder| version.left(|name| read(&format!("{}{folder}/{name}", version.mount))));
        lefts.collect::<Vec<_>>()
    });
    machine.into_iter().chain(left.flatten()).min()
}

/// What `/proc/meminfo` says can be taken without swapping, in bytes.
fn available(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// Where a version of control groups keeps what, as the kernel's documents `cgroup-v2.rst` and `cgroup-v1/memory.rst` say.
struct Version {
    mount: &'static str,
    limit: &'static str,
    usage: &'static str,
    /// The line of `memory.stat` with the bytes of files that the kernel gives up first; they count as used.
    reclaimable: &'static str,
}

const V2: Version = Version {
    mount: "/sys/fs/cgroup",
    limit: "memory.max",
    usage: "memory.current",
    reclaimable: "inactive_file ",
};
const V1: Version = Version {
    mount: "/sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file ",
};

impl Version {
    /// What a group leaves of its limit, from its files; `None` for a group without a limit.
    fn left(&self, file: impl Fn(&str) -> Option<String>) -> Option<usize> {
        let number = |name| file(name)?.trim().parse::<usize>().ok();
        let (limit, used) = (number(self.limit)?, number(self.usage)?);
        let stat = file("memory.stat").unwrap_or_default();
        let reclaimable = stat.lines().find_map(|line| line.strip_prefix(self.reclaimable)?.parse().ok());
        Some(limit.saturating_sub(used.saturating_sub(reclaimable.unwrap_or(0))))
    }
}

/// The version and path of the group that bounds memory, from a line `ID:CONTROLLERS:PATH` of `/proc/self/cgroup`.
fn memory_group(line: &str) -> Option<(&'static Version, &str)> {
    let mut fields = line.splitn(3, ':');
    let (id, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    if controllers.split(',').any(|controller| controller == "memory") {
        return Some((&V1, path));
    }
    (id == "0" && controllers.is_empty()).then_some((&V2, path))
}

/// A group's folder and those of its parents, below the mount. In a container the mount may be the group itself, and the
/// path one of the host's: then no folder is there but the last, the mount.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    // A group outside of what a container sees has a path that leads out of the mount.
    let outside = path.split('/').any(|part| part == "..");
    let own = if outside { "" } else { path.trim_end_matches('/') };
    iter::successors(Some(own), |path| path.rfind('/').map(|end| &path[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: (&str, &str) = ("/proc/meminfo", "MemTotal: 16000 kB\nMemAvailable:    8000 kB\n");

    fn free(files: &[(&str, &str)]) -> Option<usize> {
        let find = |path: &str| files.iter().find(|(name, _)| *name == path);
        least(|path| find(path).map(|(_, text)| (*text).to_owned()))
    }

    #[test]
    fn without_groups_the_machine_says_it() {
        assert_eq!(free(&[]), None);
        assert_eq!(free(&[("/proc/meminfo", "MemTotal: 1 kB\n")]), None);
        assert_eq!(free(&[MEMINFO]), Some(8000 << 10));
        let unlimited = [
            MEMINFO,
            ("/proc/self/cgroup", "0::/user.slice\n"),
            ("/sys/fs/cgroup/user.slice/memory.max", "max\n"),
            ("/sys/fs/cgroup/user.slice/memory.current", "12345\n"),
        ];
        assert_eq!(free(&unlimited), Some(8000 << 10));
    }

    #[test]
    fn a_group_and_its_parents_bound_it() {
        let files = [
            MEMINFO,
            ("/proc/self/cgroup", "0::/system.slice/sotto.service\n"),
            ("/sys/fs/cgroup/system.slice/sotto.service/memory.max", "5000\n"),
            ("/sys/fs/cgroup/system.slice/sotto.service/memory.current", "1000\n"),
            ("/sys/fs/cgroup/system.slice/memory.max", "9000\n"),
            ("/sys/fs/cgroup/system.slice/memory.current", "8500\n"),
            ("/sys/fs/cgroup/system.slice/memory.stat", "anon 500\nfile 8000\ninactive_file 2000\n"),
        ];
        assert_eq!(free(&files), Some(2500), "what the parent leaves, with the files that it can give up");
        assert_eq!(free(&files[..4]), Some(4000));
        assert_eq!(free(&files[1..4]), Some(4000));
        let mut full = files;
        full[3].1 = "6000\n";
        assert_eq!(free(&full), Some(0));
    }

    #[test]
    fn a_container_sees_its_own_group_as_the_mount() {
        for path in ["0::/\n", "0::/../../other\n", "0::/docker/5a\n"] {
            let files = [
                MEMINFO,
                ("/proc/self/cgroup", path),
                ("/sys/fs/cgroup/memory.max", "3000\n"),
                ("/sys/fs/cgroup/memory.current", "1000\n"),
            ];
            assert_eq!(free(&files), Some(2000), "{path}");
        }
    }

    #[test]
    fn groups_of_the_first_version_bound_it_too() {
        let files = [
            MEMINFO,
            ("/proc/self/cgroup", "12:cpu,cpuacct:/a\n5:memory:/docker/5a\n1:name=systemd:/b\n0::/c\n"),
            ("/sys/fs/cgroup/memory/docker/5a/memory.limit_in_bytes", "7000\n"),
            ("/sys/fs/cgroup/memory/docker/5a/memory.usage_in_bytes", "4000\n"),
            ("/sys/fs/cgroup/memory/docker/5a/memory.stat", "inactive_file 7\ntotal_inactive_file 1500\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "99999\n"),
        ];
        assert_eq!(free(&files), Some(4500));
    }
}
