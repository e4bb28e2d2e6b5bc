/** The system calls that functions and installs may make, by what they are for. What is not here does not exist for them. */
const families: Record<string, string> = {
  files: `read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range open openat openat2 creat
    dup dup2 dup3 fcntl flock ioctl stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64
    getcwd chdir fchdir rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat link linkat symlink symlinkat mknod mknodat
    chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat truncate ftruncate fallocate umask utime utimes futimesat utimensat
    fadvise64 readahead fsync fdatasync sync syncfs sync_file_range statfs fstatfs copy_file_range sendfile splice tee vmsplice
    memfd_create cachestat inotify_init inotify_init1 inotify_add_watch inotify_rm_watch`,
  attributes: `getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr setxattr lsetxattr fsetxattr removexattr lremovexattr
    fremovexattr`,
  waiting: `poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait
    epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime pipe pipe2`,
  memory: `mmap munmap mremap mprotect madvise brk msync mincore mlock mlock2 munlock mlockall munlockall membarrier
    pkey_alloc pkey_free pkey_mprotect map_shadow_stack shmget shmat shmdt shmctl semget semop semtimedop semctl`,
  processes: `fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_open pidfd_send_signal
    getpid getppid gettid getpgid getpgrp setpgid getsid setsid getrlimit setrlimit prlimit64 getrusage times sysinfo uname
    prctl arch_prctl set_tid_address set_robust_list get_robust_list rseq restart_syscall getcpu
    futex futex_waitv futex_wait futex_wake futex_requeue`,
  scheduling: `sched_yield sched_getaffinity sched_setaffinity sched_getscheduler sched_setscheduler sched_getparam sched_setparam
    sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority setpriority
    ioprio_get ioprio_set`,
  identity: `getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid setgroups
    setfsuid setfsgid capget capset`,
  signals: `rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn
    sigaltstack pause alarm getitimer setitimer`,
  time: `clock_gettime clock_getres clock_nanosleep gettimeofday nanosleep time timer_create timer_delete timer_settime timer_gettime
    timer_getoverrun`,
  network: `socketpair bind listen accept accept4 connect getsockname getpeername sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
    setsockopt getsockopt shutdown`,
  chance: "getrandom",
  // A program that confines itself further.
  confinement: "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self",
};

/** Kinds of sockets: unix, IPv4, IPv6, and netlink, by which libraries list network interfaces. */
const socketFamilies = [1, 2, 10, 16];

/** Kinds of personalities: the usual one, and the question which it is. */
const personalities = [0, 0xff_ff_ff_ff];

/** The flags of `clone` that make namespaces: mount, cgroup, UTS, IPC, user, process and network. */
const namespaceFlags = 0x7e_02_00_00;
const noSuchCall = 38;
const architectures: Record<string, string> = { x86_64: "SCMP_ARCH_X86_64", aarch64: "SCMP_ARCH_AARCH64" };

const allow = { action: "SCMP_ACT_ALLOW" };
const equals = (value: number) => [{ index: 0, value, op: "SCMP_CMP_EQ" }];

/**
 * The seccomp profile of Pulse's containers, as JSON for the engine: an allow-list, without io_uring, namespaces, tracing, keys, kernel asynchronous
 * I/O and sockets of rare kinds. Null for a machine that it does not know (`Architecture` as the engine tells it).
 */
export function seccompProfile(architecture: string): string | null {
  const native = architectures[architecture];
  if (native === undefined) return null;
  return JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    // Calls of another architecture's numbering end the process.
    architectures: [native],
    syscalls: [
      { ...allow, names: Object.values(families).flatMap((names) => names.split(/\s+/)) },
      ...socketFamilies.map((family) => ({ ...allow, names: ["socket"], args: equals(family) })),
      ...personalities.map((one) => ({ ...allow, names: ["personality"], args: equals(one) })),
      {
        ...allow,
        names: ["clone"],
        args: [{ index: 0, value: namespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      },
      // Its flags are in memory, where no filter sees them; a C library that is told it does not exist uses clone.
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: noSuchCall },
    ],
  });
}
