//! What does a process see that was forked while it had a store open?
//!
//! std cannot fork, for good reasons: only the thread that forks comes along, and whatever lock another one held stays
//! locked. A test that keeps its other threads idle meanwhile can.

use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A forked process, and the parent's end of the line to it.
#[derive(Debug)]
#[must_use = "a child that nobody waits for is not judged"]
pub struct Forked {
    process: libc::pid_t,
    /// What the child writes to its end is read here, and the other way round.
    pub line: UnixStream,
}

/// Forks this process. The child runs `work` with its end of the line and ends; the parent goes on.
///
/// Other threads of this process must hold no lock that `work` needs: let them wait for this one. The child runs no
/// destructor but those of `work`, and no handler that waits for the end of the process.
///
/// ```
/// use std::io::{Read, Write};
///
/// let mut child = mindkeep_faultvfs::fork(|mut line| line.write_all(b"Up betimes.").unwrap())?;
/// let mut heard = String::new();
/// child.line.read_to_string(&mut heard)?;
/// child.join()?;
/// assert_eq!(heard, "Up betimes.");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// If the system has no room for another process.
pub fn fork(work: impl FnOnce(UnixStream)) -> io::Result<Forked> {
    let (line, childs) = UnixStream::pair()?;
    // SAFETY: fork itself is always sound; what is not is a child that runs into a state another thread was changing.
    // Memory allocation is guarded by the C library's own handlers; of other locks the caller vouches that none is held.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            drop(line);
            let done = catch_unwind(AssertUnwindSafe(|| work(childs)));
            // SAFETY: ends the process at once. The test harness of the parent must not report twice.
            unsafe { libc::_exit(i32::from(done.is_err())) }
        }
        process => Ok(Forked { process, line }),
    }
}

impl Forked {
    /// Waits for the child's end.
    ///
    /// # Errors
    ///
    /// If it panicked or was killed. What it said stands on stderr.
    pub fn join(self) -> io::Result<()> {
        let mut status = 0;
        // SAFETY: a child of this process that nobody has waited for, and a place for its status.
        let ended = unsafe { libc::waitpid(self.process, &mut status, 0) };
        match (ended, status) {
            (-1, _) => Err(io::Error::last_os_error()),
            (_, 0) => Ok(()),
            (_, status) => Err(io::Error::other(format!("the child ended with status {status:#x}"))),
        }
    }
}
