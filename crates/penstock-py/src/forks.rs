//! Processes that user code forks off an agent. One that goes on would come back into the loop as a second agent, on the
//! same connections and the same socket to the runner.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Once, OnceLock};

/// Whether this process was forked off one in which a loop runs. Set by the system in the child, so that asking after
/// each step costs no call.
static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Places that are told apart; what is forked at more of them is told of without its place.
const MOST_PLACES: usize = 64;

/// What the forked processes of an agent have told, in memory that they share with it.
struct Told {
    /// Hashes of the places that were told; 0 is free.
    places: [AtomicU64; MOST_PLACES],
    ended: AtomicU64,
}

static TOLD: OnceLock<Option<&'static Told>> = OnceLock::new();

/// Memory that processes forked later share; None where the system has none to give.
fn shared() -> Option<&'static Told> {
    // SAFETY: fresh pages are zero, which is a valid `Told`; they are aligned to pages, and never unmapped.
    unsafe {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        let pages = libc::mmap(ptr::null_mut(), size_of::<Told>(), access, kind, -1, 0);
        (pages != libc::MAP_FAILED).then(|| &*pages.cast::<Told>())
    }
}

impl Told {
    /// Notes that one more process is ended; whether nothing was told of this place before.
    fn note(&self, place: &str) -> bool {
        self.ended.fetch_add(1, Ordering::Relaxed);
        let mut hasher = DefaultHasher::new();
        place.hash(&mut hasher);
        let hash = hasher.finish().max(1);
        for known in &self.places {
            match known.compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(other) if other == hash => return false,
                Err(_) => {}
            }
        }
        false
    }
}

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
    TOLD.get_or_init(shared);
    IS_CHILD.store(false, Ordering::Relaxed); // a forked process may run a loop of its own
}

#[inline]
pub fn is_child() -> bool {
    IS_CHILD.load(Ordering::Relaxed)
}

/// Ends a forked process at once: nothing is sent, written or closed that is also the agent's. Each place is told once.
#[cold]
pub fn leave(place: &str) -> ! {
    if told().is_none_or(|told| told.note(place)) {
        tell(&format!(
            "penstock: a process that a journey forked went on into the load generator and was ended ({place}); end a \
             forked process with os._exit, or start it by subprocess or multiprocessing\n"
        ));
    }
    // SAFETY: it ends the process without running anything.
    unsafe { libc::_exit(1) }
}

/// Tells how many processes were ended, where that is more than were told of one by one.
pub fn sum_up() {
    let Some(told) = told() else { return };
    let known = told.places.iter().filter(|place| place.load(Ordering::Relaxed) != 0).count() as u64;
    let ended = told.ended.swap(0, Ordering::Relaxed);
    if ended > known {
        tell(&format!(
            "penstock: at least {ended} processes that journeys forked went on into the load generator and were ended\n"
        ));
    }
}

/// Writes a line in one piece: several processes tell at the same time, and what is written in pieces is mixed up.
fn tell(line: &str) {
    let _ = std::io::stderr().write_all(line.as_bytes());
}

fn told() -> Option<&'static Told> {
    TOLD.get().copied().flatten()
}
