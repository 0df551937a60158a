//! The names of the jail's layers, as [`ZygoteSpec::without`] takes them.
//!
//! [`ZygoteSpec::without`]: belljar::native::messages::ZygoteSpec::without

pub const SECCOMP: &str = "seccomp";
pub const LANDLOCK: &str = "landlock";
pub const IDENTITY: &str = "identity";
pub const CAPABILITIES: &str = "capabilities";
pub const NOT_DUMPABLE: &str = "not-dumpable";
pub const SESSION: &str = "session";
pub const CLOSED_DESCRIPTORS: &str = "close-fds";
pub const PID_NAMESPACE: &str = "pid-namespace";
pub const MOUNT_NAMESPACE: &str = "mount-namespace";
pub const NETWORK_NAMESPACE: &str = "network-namespace";
pub const UTS_NAMESPACE: &str = "uts-namespace";
pub const TMP_NOEXEC: &str = "tmp-noexec";
pub const TMP_SIZE: &str = "tmp-size";
pub const TMP_ENTRIES: &str = "tmp-entries";
pub const NO_NAMESPACES: &str = "no-namespaces";
pub const LIMIT_PROCESSES: &str = "limit-nproc";
pub const LIMIT_OPEN_FILES: &str = "limit-nofile";
pub const LIMIT_ADDRESS_SPACE: &str = "limit-address-space";
pub const LIMIT_DATA: &str = "limit-data";
pub const LIMIT_CPU: &str = "limit-cpu";
pub const LIMIT_FILE_SIZE: &str = "limit-fsize";
pub const LIMIT_CORE: &str = "limit-core";
pub const LIMIT_STACK: &str = "limit-stack";
pub const LIMIT_MEMLOCK: &str = "limit-memlock";
pub const LIMIT_MESSAGES: &str = "limit-msgqueue";
pub const LIMIT_SIGNALS: &str = "limit-sigpending";
/// The jailer looks at what is resident, and kills.
pub const MEMORY_WATCH: &str = "memory-watch";
/// The jailer looks at how long a program has computed, and kills.
pub const CPU_WATCH: &str = "cpu-watch";
pub const USER_NAMESPACE: &str = "user-namespace";
/// memfds cannot be executed, and not be made without saying so.
pub const MEMFD_NOEXEC: &str = "memfd-noexec";
/// The kernel's own rule that memory which was written is never executed.
pub const WRITE_XOR_EXECUTE: &str = "write-xor-execute";

/// Why an attack does not succeed without its layers.
pub const NOT_PASSED_ON: &str = "the launcher passes no such capability on";
/// It has a user of its own besides, so that nothing is shown by leaving these out.
pub const ANOTHER_USER: &str = "it is another user than they, too";
/// All of them: what is left is the jail of a container with its usual profile.
pub const NAMESPACES: &str = "namespaces";
