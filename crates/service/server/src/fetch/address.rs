//! Which addresses belong to the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// Source: the IANA IPv4 Special-Purpose Address Registry (RFC 6890), and multicast.
const DENIED_V4: [Ipv4Net; 14] = [
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local; cloud metadata
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // 6to4 relays, withdrawn
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarks
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 3),     // multicast, reserved, broadcast
];

/// Global unicast (RFC 4291). All else is denied: `::`, `::1`, v4-compatible, 64:ff9b::/96, fc00::/7, fe80::/10, ff00::/8, …
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What is not public inside [`GLOBAL_V6`]. Source: the IANA IPv6 Special-Purpose Address Registry.
const DENIED_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),     // protocol assignments: Teredo, ORCHID, benchmarks
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4: carries an IPv4 address
    v6(0x3fff, 0, 20),     // documentation
];

const NAT64: Ipv6Net = v6(0x64, 0xff9b, 96);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 16);

/// Whether an address is one that anybody on the internet may reach. A v4-mapped IPv6 address is judged as the IPv4 address
/// it holds.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !DENIED_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !DENIED_V6.iter().any(|net| net.contains(&address))
        }
    }
}

/// The IPv4 address that a translator (NAT64, 6to4) would go to for an IPv6 address.
pub(super) fn translated(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else { return None };
    let [_, _, a, b, c, d, ..] = address.octets();
    let [.., w, x, y, z] = address.octets();
    if NAT64.contains(&address) {
        Some(Ipv4Addr::new(w, x, y, z).into())
    } else if SIX_TO_FOUR.contains(&address) {
        Some(Ipv4Addr::new(a, b, c, d).into())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn both_ends_of_every_denied_range_are_denied() {
        const DENIED: &str = "
            0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.255.255.255
            169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255
            192.0.2.0 192.0.2.255 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255
            198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255
            :: ::1 ::2 ::7f00:1 ::ffff:0.0.0.0 ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:255.255.255.255
            ::ffff:0:127.0.0.1 64:ff9b:: 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b::ffff:ffff 64:ff9b:1::7f00:1
            100:: 1fff::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1
            2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff
            2002:: 2002:7f00:1::1 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:: 3fff:fff::1 4000:: 5f00::1
            fc00:: fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80:: fe80::1 febf:ffff:: fec0::1
            ff00:: ff02::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        for address in DENIED.split_whitespace() {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn neighbours_of_denied_ranges_are_public() {
        const PUBLIC: &str = "
            1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
            169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0
            198.17.255.255 198.20.0.0 198.51.99.255 203.0.114.0 223.255.255.255 ::ffff:8.8.8.8
            2000:: 2001:200:: 2001:db7:: 2001:db9:: 2003:: 2606:4700:4700::1111 2a00:1450:4001::1 3ffe:: 3fff:1000::";
        for address in PUBLIC.split_whitespace() {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn translators_lead_to_the_address_within() {
        let translated = |address: &str| translated(address.parse().unwrap()).map(|inner| inner.to_string());
        assert_eq!(translated("64:ff9b::7f00:1").as_deref(), Some("127.0.0.1"));
        assert_eq!(translated("2002:a01:203::1").as_deref(), Some("10.1.2.3"));
        assert_eq!(translated("2606:4700::1"), None);
        assert_eq!(translated("8.8.8.8"), None);
    }

    proptest! {
        /// Against what the standard library knows of addresses.
        #[test]
        fn what_is_public_is_nothing_special(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let special = super::super::tests::is_special(address.into());
            prop_assert!(!(special && is_public(address.into())), "{}", address);
            prop_assert_eq!(is_public(address.into()), is_public(address.to_ipv6_mapped().into()));
        }

        #[test]
        fn what_is_public_is_nothing_special_v6(bits: u128) {
            let address = IpAddr::from(Ipv6Addr::from_bits(bits));
            prop_assert!(!(super::super::tests::is_special(address) && is_public(address)), "{}", address);
        }
    }
}
