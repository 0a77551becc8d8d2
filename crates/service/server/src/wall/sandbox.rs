//! What holds a child in: limits of the process, no new privileges, Landlock for files and seccomp for system calls.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use super::Order;

/// How much less a child matters than the server that answers requests: one step of niceness is about a tenth of the
/// processor, so with 10 a busy child leaves the server nearly all that it asks for.
const NICENESS: i32 = 10;

/// Seconds between the signal at the limit of processor time, which tells what happened, and the kill.
const CPU_GRACE_SECS: u64 = 5;

/// A part of the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Limits of memory, processor time, files and open files.
    Limits,
    /// No program run from the child can gain rights.
    NoNewPrivileges,
    /// Nothing but the job's own files, the networks and the system's libraries can be opened.
    Files,
    /// No sockets, no other programs, no tracing of other processes.
    SystemCalls,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 4] = [Self::Limits, Self::NoNewPrivileges, Self::Files, Self::SystemCalls];
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limits => "limits of memory, time and files",
            Self::NoNewPrivileges => "no new privileges",
            Self::Files => "own files alone (Landlock)",
            Self::SystemCalls => "no network, no programs (seccomp)",
        })
    }
}

/// Raises the wall around this process, which must have one thread yet; answers which parts stand.
///
/// # Errors
/// A limit that the system refuses to set. Landlock and seccomp are left out where the kernel lacks them.
pub(super) fn raise(order: &Order, readable: &[PathBuf]) -> io::Result<Vec<Part>> {
    let limits = order.limits;
    for (resource, soft, hard) in [
        (Resource::Data, limits.memory_bytes, limits.memory_bytes),
        (Resource::Cpu, limits.cpu_secs, limits.cpu_secs.saturating_add(CPU_GRACE_SECS)),
        (Resource::Fsize, limits.file_bytes, limits.file_bytes),
        (Resource::Nofile, limits.open_files, limits.open_files),
        (Resource::Core, 0, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) })?;
    }
    rustix::process::setpriority_process(None, NICENESS)?;
    let mut standing = vec![Part::Limits];
    if rustix::thread::set_no_new_privs(true).is_ok() {
        standing.push(Part::NoNewPrivileges);
    }
    if confine_files(order, readable).unwrap_or(false) {
        standing.push(Part::Files);
    }
    if system_calls().is_ok_and(|filter| seccompiler::apply_filter(&filter).is_ok()) {
        standing.push(Part::SystemCalls);
    }
    Ok(standing)
}

/// What a program of this system needs to read to run at all.
const SYSTEM: [&str; 9] = [
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
];

const DEVICES: [&str; 3] = ["/dev/null", "/dev/urandom", "/dev/zero"];

/// What may be done in the job's own folders. No links: the parent follows what it finds there. Nothing either that is no file, as
/// a pipe at which the parent would wait.
fn own(abi: ABI) -> BitFlags<AccessFs> {
    AccessFs::from_all(abi)
        & !(AccessFs::MakeSym
            | AccessFs::MakeFifo
            | AccessFs::MakeSock
            | AccessFs::MakeChar
            | AccessFs::MakeBlock
            | AccessFs::Execute)
}

fn confine_files(order: &Order, readable: &[PathBuf]) -> Result<bool, landlock::RulesetError> {
    let abi = ABI::V6;
    let inputs = [order.request.character.as_path(), order.request.driving.as_path()];
    let system = SYSTEM.iter().chain(&DEVICES).map(Path::new);
    let read: Vec<_> =
        system.chain(inputs).chain(readable.iter().map(PathBuf::as_path)).filter(|p| p.exists()).collect();
    let write = [order.work_dir.as_path(), order.scratch.as_path()];
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        // The server runs under the same account, and its children would be free to signal it.
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(read, AccessFs::from_read(abi)))?
        .add_rules(path_beneath_rules(write, own(abi)))?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// System calls that a job has no use for: sockets, other programs, other processes, and the kernel's wider surfaces.
const REFUSED: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
];

/// Set in the number of a call of the x32 ABI.
const X32_BIT: i64 = 0x4000_0000;

fn system_calls() -> Result<BpfProgram, seccompiler::BackendError> {
    // A kernel with the x32 ABI takes every call by a second number too.
    let second = if cfg!(target_arch = "x86_64") { X32_BIT } else { 0 };
    let refused: BTreeMap<_, _> =
        REFUSED.iter().flat_map(|call| [*call, *call | second]).map(|call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(refused, SeccompAction::Allow, refuse, architecture)?.try_into()
}

/// Which parts of the wall a child gets on this machine, found by asking the kernel and changing nothing here.
pub fn survey() -> Vec<(Part, bool)> {
    let landlock = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create)
        .is_ok();
    let seccomp = Path::new("/proc/sys/kernel/seccomp/actions_avail").exists() && system_calls().is_ok();
    let found = |part| match part {
        Part::Limits | Part::NoNewPrivileges => cfg!(target_os = "linux"),
        Part::Files => landlock,
        Part::SystemCalls => seccomp,
    };
    Part::ALL.into_iter().map(|part| (part, found(part))).collect()
}
