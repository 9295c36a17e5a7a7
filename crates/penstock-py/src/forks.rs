//! Processes that user code forks off an agent. One that goes on would come back into the loop as a second agent, on the
//! same connections and the same socket to the runner.

use std::io::Write as _;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this process was forked off one in which a loop runs. Set by the system in the child, so that asking after
/// each step costs no call.
static IS_CHILD: AtomicBool = AtomicBool::new(false);

extern "C" fn note_child() {
    IS_CHILD.store(true, Ordering::Relaxed);
}

/// From now on notes forks of this process, however they are made.
pub fn watch() {
    static REGISTERED: Once = Once::new();
    // SAFETY: the function does nothing but to store into an atomic, which is allowed after a fork.
    REGISTERED.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(note_child));
    });
    IS_CHILD.store(false, Ordering::Relaxed); // a forked process may run a loop of its own
}

#[inline]
pub fn is_child() -> bool {
    IS_CHILD.load(Ordering::Relaxed)
}

/// Ends a forked process at once: nothing is sent, written or closed that is also the agent's.
#[cold]
pub fn leave(place: &str) -> ! {
    let _ = writeln!(
        std::io::stderr(),
        "penstock: a process that a journey forked went on into the load generator and was ended ({place}); end a \
         forked process with os._exit, or start it by subprocess or multiprocessing"
    );
    // SAFETY: it ends the process without running anything.
    unsafe { libc::_exit(1) }
}
