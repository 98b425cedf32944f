//! Processes identified by more than their number, since numbers are reused.
//!
//! This needs what only Linux has (`/proc`, process descriptors); elsewhere no process is ever found, so none
//! is signalled.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, SystemTime};

pub use rustix::process::Signal;

use rustix::process::Pid;

use crate::deadline::Deadline;

/// What the system reports about a process.
///
/// ```
/// let (_, about) = prestop_agent::process::Process::find(std::process::id()).expect("this one");
/// assert!(!about.arguments.is_empty() && about.started <= std::time::SystemTime::now());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct About {
    /// Its name and arguments.
    pub arguments: Vec<OsString>,
    /// When it started, by the current setting of the clock.
    pub started: SystemTime,
}

/// A process, and no other that has its number later.
///
/// ```
/// use prestop_agent::process::{Process, Signal};
/// use std::time::Duration;
///
/// let mut child = std::process::Command::new("sleep").arg("60").spawn()?;
/// let (process, _) = Process::find(child.id()).expect("it runs");
/// assert!(!process.has_ended() && !process.catches(Signal::USR1));
/// process.signal(Signal::TERM)?;
/// assert!(process.wait(Duration::from_secs(60)));
/// child.wait()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    /// The start in clock ticks since the machine booted; together with the number it identifies a process.
    started: u64,
    /// A descriptor of the process itself; `None` where the kernel has none.
    descriptor: Option<OwnedFd>,
}

impl Process {
    /// Returns the process with this number and what is known of it; `None` if none runs. A zombie counts as
    /// ended, and a thread is not a process.
    pub fn find(number: u32) -> Option<(Self, About)> {
        let pid = i32::try_from(number).ok().and_then(Pid::from_raw)?;
        // The descriptor comes first: while it shows that the process runs, what is read by number is about
        // that process.
        let descriptor = open(pid);
        let stat = Stat::read(pid)?;
        let arguments = arguments(pid)?;
        let process = Self { pid, started: stat.started, descriptor };
        if stat.has_ended || !is_leader(pid) || process.has_ended() {
            return None;
        }
        Some((process, About { arguments, started: wall_clock(stat.started) }))
    }

    /// The process number.
    pub fn number(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Whether the process has ended, even if its parent has not reaped it yet.
    pub fn has_ended(&self) -> bool {
        if let Some(descriptor) = &self.descriptor {
            return is_readable(descriptor);
        }
        Stat::read(self.pid).is_none_or(|stat| stat.started != self.started || stat.has_ended)
    }

    /// Waits for the end of the process, and returns whether it came.
    pub fn wait(&self, time: Duration) -> bool {
        Deadline::poll(time, || self.has_ended())
    }

    /// Sends a signal to the process.
    ///
    /// # Errors
    /// The error of the system: the process has ended, or belongs to another user.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(descriptor) = &self.descriptor {
            return Ok(rustix::process::pidfd_send_signal(descriptor, signal)?);
        }
        // Without a descriptor the number may be reused between these two calls, which cannot be prevented.
        if self.has_ended() {
            return Err(rustix::io::Errno::SRCH.into());
        }
        Ok(rustix::process::kill_process(self.pid, signal)?)
    }

    /// Whether the process has a handler for a signal.
    pub fn catches(&self, signal: Signal) -> bool {
        let Some(status) = self.file("status") else { return false };
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        u32::try_from(signal.as_raw() - 1).is_ok_and(|bit| mask.checked_shr(bit).unwrap_or(0) & 1 == 1)
    }

    /// Returns a variable of the environment with which the process was started, if that may be read.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let environment = fs::read(format!("/proc/{}/environ", self.number())).ok()?;
        let mut entries = environment.split(|&byte| byte == 0);
        let value = entries.find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
        (!self.has_ended()).then(|| OsString::from_vec(value.to_vec()))
    }

    /// Whether the process belongs to the user that this process acts as: by its real, effective, saved and
    /// file-system user alike. The owner of `/proc/PID` would not do: it is root for a process that may not
    /// be dumped, whoever runs it.
    pub fn is_own(&self) -> bool {
        let own = rustix::process::geteuid().as_raw();
        self.file("status").is_some_and(|status| belongs_to(&status, own))
    }

    /// The path of the very program that the process runs, even if its file was replaced since.
    pub fn program(&self) -> String {
        format!("/proc/{}/exe", self.number())
    }

    /// The path of its working directory.
    pub fn directory(&self) -> String {
        format!("/proc/{}/cwd", self.number())
    }

    /// Returns a file of `/proc` about the process, if the process has not ended.
    fn file(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(format!("/proc/{}/{name}", self.number())).ok()?;
        (!self.has_ended()).then_some(text)
    }
}

/// The fields used of `/proc/PID/stat`.
struct Stat {
    started: u64,
    has_ended: bool,
}

impl Stat {
    fn read(pid: Pid) -> Option<Self> {
        let line = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
        Self::parse(&String::from_utf8_lossy(&line))
    }

    /// Parses the line. The name of the program may contain anything, even brackets; the fields follow the
    /// last `)`.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.get(line.rfind(')')? + 1..)?.split_whitespace();
        let state = fields.next()?;
        let started = fields.nth(18)?.parse().ok()?;
        Some(Self { started, has_ended: matches!(state, "Z" | "X" | "x") })
    }
}

fn arguments(pid: Pid) -> Option<Vec<OsString>> {
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    Some(line.split(|&byte| byte == 0).map(|argument| OsString::from_vec(argument.to_vec())).collect())
}

/// Whether a number is a process and not a thread: `/proc` also shows threads under their own numbers.
fn is_leader(pid: Pid) -> bool {
    let number = pid.as_raw_nonzero().to_string();
    let Ok(status) = fs::read_to_string(format!("/proc/{number}/status")) else { return false };
    status.lines().find_map(|line| line.strip_prefix("Tgid:")).is_some_and(|group| group.trim() == number)
}

/// Whether each of the four users in `/proc/PID/status` is this one.
fn belongs_to(status: &str, user: u32) -> bool {
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    let users: Vec<Option<u32>> = users.split_whitespace().map(|number| number.parse().ok()).collect();
    users == [Some(user); 4]
}

#[cfg(target_os = "linux")]
fn open(pid: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn open(_: Pid) -> Option<OwnedFd> {
    None
}

/// Whether the process has ended: then its descriptor becomes readable.
fn is_readable(descriptor: &OwnedFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut asked = [PollFd::new(descriptor, PollFlags::IN)];
    poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
}

/// Converts clock ticks since the machine booted into a time of day.
#[cfg(target_os = "linux")]
fn wall_clock(ticks: u64) -> SystemTime {
    use rustix::time::{ClockId, clock_gettime};
    let up = clock_gettime(ClockId::Boottime);
    let up = Duration::new(up.tv_sec.unsigned_abs(), u32::try_from(up.tv_nsec).unwrap_or(0));
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let rest = Duration::from_secs(ticks % per_second) / u32::try_from(per_second).unwrap_or(100);
    let age = up.saturating_sub(Duration::from_secs(ticks / per_second) + rest);
    SystemTime::now() - age
}

#[cfg(not(target_os = "linux"))]
fn wall_clock(_: u64) -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let rest = "1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        for name in ["sleep", "a b", "x) Z 1 (", "((", ")"] {
            let stat = Stat::parse(&format!("7 ({name}) S {rest}")).expect("a line");
            assert_eq!((stat.started, stat.has_ended), (4711, false));
        }
        assert!(Stat::parse(&format!("7 (x) Z {rest}")).expect("a line").has_ended);
        for line in ["", "7 (x", "7 (x) S 1 2"] {
            assert!(Stat::parse(line).is_none());
        }
    }

    #[test]
    fn a_process_with_a_second_user_is_of_another() {
        assert!(belongs_to("Name:\tx\nUid:\t7\t7\t7\t7\nGid:\t0\t0\t0\t0\n", 7));
        for users in
            ["0\t7\t7\t7", "7\t0\t7\t7", "7\t7\t0\t7", "7\t7\t7\t0", "7\t7\t7", "7 7 7 7 7", "", "x x x x"]
        {
            assert!(!belongs_to(&format!("Uid:\t{users}\n"), 7), "{users}");
        }
        assert!(!belongs_to("Gid:\t7\t7\t7\t7\n", 7));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_what_this_user_runs_is_its_own() {
        let (process, _) = Process::find(std::process::id()).expect("this one");
        assert!(process.is_own());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_process_is_not_found() {
        for number in [0, u32::MAX, 1 << 31, 0x3fff_ffff] {
            assert!(Process::find(number).is_none());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_a_descriptor_the_start_time_tells() {
        let (process, about) = Process::find(std::process::id()).expect("this one");
        assert!(about.started.elapsed().expect("the past") < Duration::from_secs(3_600));
        let same = Process { descriptor: None, ..process };
        assert!(!same.has_ended());
        let other = Process { started: same.started + 1, ..same };
        assert!(other.has_ended());
        assert_eq!(other.signal(Signal::TERM).map_err(|error| error.raw_os_error()), Err(Some(3)));
    }
}
