//! Sockets, as close to the kernel as the loop needs them: no buffer of their own, one call a read or a write, and the
//! kernel's own stamp of when data arrived.

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::task::{Context, Poll, ready};

use socket2::{Domain, Protocol, Type};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// `SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE`: stamp what arrives, and report the stamps.
static RECEIVE_STAMPS: libc::c_uint = libc::SOF_TIMESTAMPING_RX_SOFTWARE | libc::SOF_TIMESTAMPING_SOFTWARE;
#[expect(clippy::cast_possible_truncation, reason = "an int has 4 bytes")]
const RECEIVE_STAMPS_SIZE: libc::socklen_t = size_of::<libc::c_uint>() as libc::socklen_t;

/// A TCP connection, registered with the loop.
pub struct Socket {
    fd: AsyncFd<socket2::Socket>,
}

/// What one read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// 0 is the end of the stream.
    pub length: usize,
    /// Wall time at which the kernel received the last of these bytes; None where it does not say.
    pub arrived_wall_ns: Option<i64>,
}

impl Socket {
    /// Connects, from `source` where one is given.
    ///
    /// # Errors
    /// What the kernel says: refused, unreachable, out of descriptors, out of local ports.
    pub async fn connect(address: SocketAddr, source: Option<IpAddr>) -> io::Result<Self> {
        let socket = socket2::Socket::new(
            Domain::for_address(address),
            Type::STREAM.nonblocking().cloexec(),
            Some(Protocol::TCP),
        )?;
        socket.set_tcp_nodelay(true)?;
        request_stamps(&socket);
        if let Some(source) = source {
            leave_port_open(&socket);
            socket.bind(&SocketAddr::new(source, 0).into()).map_err(|error| match error.raw_os_error() {
                Some(libc::EADDRNOTAVAIL) => io::Error::other(format!("{source} is no address of this machine")),
                _ => error,
            })?;
        }
        match socket.connect(&address.into()) {
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
            other => other?,
        }
        let fd = watch_socket(socket)?;
        // Ready for writing is how a connection, and its failure, become known.
        let guard = fd.writable().await?;
        drop(guard);
        if let Some(error) = fd.get_ref().take_error()? {
            return Err(error);
        }
        Ok(Self { fd })
    }

    /// Reads once into a buffer that is lent for this call only.
    pub fn poll_receive(&self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<Chunk>> {
        loop {
            let mut ready = ready!(self.fd.poll_read_ready(context))?;
            match receive(self.fd.get_ref(), buffer) {
                Ok(chunk) => {
                    // A short read has drained the socket. Saying so now saves the read that would only say "again";
                    // a close that has already been reported stays ready.
                    if chunk.length > 0 && chunk.length < buffer.len() {
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(chunk));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Reads up to the end of a line and adds it to `line`, leaving what comes behind it; false is the end of the stream.
    pub fn poll_receive_line(&self, context: &mut Context<'_>, line: &mut Vec<u8>) -> Poll<io::Result<bool>> {
        let mut buffer = [0; 1024];
        loop {
            let mut ready = ready!(self.fd.poll_read_ready(context))?;
            let socket = self.fd.get_ref();
            match peek(socket, &mut buffer) {
                Ok(0) => return Poll::Ready(Ok(false)),
                Ok(length) => {
                    let end = memchr::memchr(b'\n', &buffer[..length]).map_or(length, |at| at + 1);
                    let chunk = receive(socket, &mut buffer[..end])?;
                    line.extend_from_slice(&buffer[..chunk.length]);
                    return Poll::Ready(Ok(true));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Sends what the kernel takes at once; 0 when it takes nothing now.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.fd.get_ref().send_with_flags(bytes, libc::MSG_NOSIGNAL) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// Sends some of `bytes`, waiting until the kernel takes any.
    pub fn poll_send(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.fd.poll_write_ready(context))?;
            match self.send(bytes) {
                Ok(0) if !bytes.is_empty() => ready.clear_ready(),
                other => return Poll::Ready(other),
            }
        }
    }

    /// Whether the loop has seen something happen to an idle connection. Costs no call to the kernel.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.fd.try_io(Interest::READABLE, |_| Ok(())).is_ok()
    }

    /// Whether an idle connection is still usable: open, and nothing unasked has come.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        matches!(self.fd.get_ref().peek(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Owns its descriptor alone, gives always the same one, and closes it only when dropped.
trait Owner: AsRawFd {}
impl Owner for socket2::Socket {}
impl Owner for OwnedFd {}

fn watch<T: Owner>(owner: T, interest: Interest) -> io::Result<AsyncFd<T>> {
    // SAFETY: what `register_with_interest` asks of the descriptor is what makes an `Owner`.
    Ok(unsafe { AsyncFd::register_with_interest(owner, interest) }?)
}

/// Registers a connected socket with the loop.
///
/// # Errors
/// When it cannot be watched.
pub fn watch_socket(socket: socket2::Socket) -> io::Result<AsyncFd<socket2::Socket>> {
    watch(socket, Interest::READABLE | Interest::WRITABLE)
}

/// Registers a timerfd with the loop.
///
/// # Errors
/// When it cannot be watched.
pub fn watch_timer(timer: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    watch(timer, Interest::READABLE)
}

/// Lets the kernel choose the local port when it knows the other end: then a port is used once for each server, and not
/// once for all.
fn leave_port_open(socket: &socket2::Socket) {
    static YES: libc::c_int = 1;
    // SAFETY: the option's value is a C int that lives through the call. A kernel that does not know the option chooses
    // the port at once, which costs nothing but ports.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_BIND_ADDRESS_NO_PORT,
            (&raw const YES).cast(),
            RECEIVE_STAMPS_SIZE,
        );
    }
}

/// What lies at the front of the socket; it stays there.
fn peek(socket: &socket2::Socket, buffer: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the buffer lives through the call, with the length given; the descriptor is open: `socket` owns it.
    let length = unsafe { libc::recv(socket.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), libc::MSG_PEEK) };
    usize::try_from(length).map_err(|_| io::Error::last_os_error())
}

fn request_stamps(socket: &socket2::Socket) {
    // SAFETY: the option's value is a C int that lives through the call. A kernel that refuses it gives no stamps,
    // and read times are used instead.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_TIMESTAMPING,
            (&raw const RECEIVE_STAMPS).cast(),
            RECEIVE_STAMPS_SIZE,
        );
    }
}

/// `recvmsg` with room for the stamp.
fn receive(socket: &socket2::Socket, buffer: &mut [u8]) -> io::Result<Chunk> {
    let mut control = [0_u64; 16]; // three timespecs and their header take 64 bytes; u64 for the alignment
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: zeroes are a valid msghdr (null pointers and lengths of 0).
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control);
    // SAFETY: the message points at `part` and `control`, and `part` at `buffer`; all live through the call, with
    // the lengths given. The descriptor is open: `socket` owns it.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, 0) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    Ok(Chunk { length, arrived_wall_ns: stamp(&message) })
}

fn stamp(message: &libc::msghdr) -> Option<i64> {
    // SAFETY: the kernel filled `msg_control` up to `msg_controllen`; the CMSG macros stay inside it, and a stamp's
    // data is three timespecs, of which the first, possibly unaligned, is read.
    let time: libc::timespec = unsafe {
        let header = libc::CMSG_FIRSTHDR(message);
        if header.is_null() || (*header).cmsg_type != libc::SCM_TIMESTAMPING {
            return None;
        }
        std::ptr::read_unaligned(libc::CMSG_DATA(header).cast())
    };
    (time.tv_sec != 0).then(|| time.tv_sec * 1_000_000_000 + time.tv_nsec)
}
