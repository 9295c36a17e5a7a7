//! Addresses, networks of them, and patterns of hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::transport::AddressClass;

/// `10.0.0.0/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    mask: u128,
}

impl Network {
    /// None for what is no address and no network.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
        // An IPv4 network lies where IPv6 maps it.
        let (bits, offset) = match address {
            IpAddr::V4(address) => (mapped(address), 96),
            IpAddr::V6(address) => (address.to_bits(), 0),
        };
        let length = length.map_or(128, |length| length.saturating_add(offset));
        if length > 128 {
            return None;
        }
        let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
        Some(Self { bits: bits & mask, mask })
    }

    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let bits = match plain(address) {
            IpAddr::V4(address) => mapped(address),
            IpAddr::V6(address) => address.to_bits(),
        };
        bits & self.mask == self.bits
    }
}

fn mapped(address: Ipv4Addr) -> u128 {
    address.to_ipv6_mapped().to_bits()
}

/// The IPv4 address that an IPv6 address stands for (mapped, compatible, NAT64, 6to4), else the address itself: what is
/// closed in one notation is closed in all.
#[must_use]
pub fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let segments = six.segments();
    let low = || {
        let [.., a, b] = segments;
        Ipv4Addr::from_bits(u32::from(a) << 16 | u32::from(b))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => IpAddr::V4(low()),
        [0, 0, 0, 0, 0, 0, ..] if six != Ipv6Addr::UNSPECIFIED && six != Ipv6Addr::LOCALHOST => IpAddr::V4(low()),
        [0x2002, a, b, ..] => IpAddr::V4(Ipv4Addr::from_bits(u32::from(a) << 16 | u32::from(b))),
        _ => address,
    }
}

/// The class of an address that a policy may close.
#[must_use]
pub fn class(address: IpAddr) -> Option<AddressClass> {
    const METADATA: [&str; 5] = ["169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"];
    const LOOPBACK: [&str; 4] = ["127.0.0.0/8", "0.0.0.0/8", "::1", "::"];
    const LINK_LOCAL: [&str; 5] = ["169.254.0.0/16", "224.0.0.0/4", "255.255.255.255", "fe80::/10", "ff00::/8"];
    const PRIVATE: [&str; 9] = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "198.18.0.0/15",
        "192.0.0.0/24",
        "240.0.0.0/4",
        "fc00::/7",
        "fec0::/10",
    ];
    let is_in =
        |networks: &[&str]| networks.iter().any(|text| Network::read(text).is_some_and(|one| one.holds(address)));
    if is_in(&METADATA) {
        Some(AddressClass::Metadata)
    } else if is_in(&LOOPBACK) {
        Some(AddressClass::Loopback)
    } else if is_in(&LINK_LOCAL) {
        Some(AddressClass::LinkLocal)
    } else if is_in(&PRIVATE) {
        Some(AddressClass::Private)
    } else {
        None
    }
}

/// Whether a host is the name, or lies below it.
#[must_use]
pub fn is_below(host: &str, name: &str) -> bool {
    let name = name.trim_start_matches("*.").trim_start_matches('.').trim_end_matches('.');
    let host = host.trim_end_matches('.');
    let at = host.len().checked_sub(name.len());
    !name.is_empty()
        && at.is_some_and(|at| {
            host.as_bytes()[at..].eq_ignore_ascii_case(name.as_bytes()) && (at == 0 || host.as_bytes()[at - 1] == b'.')
        })
}
