//! The names that AWS gives to addresses.

use crate::RegionName;
use std::net::Ipv4Addr;

/// The oldest region, whose names are older than the scheme.
const FIRST_REGION: &str = "us-east-1";

/// `ip-10-0-1-5.ec2.internal`, elsewhere `ip-10-0-1-5.eu-west-1.compute.internal`.
pub fn private_hostname(region: &RegionName, address: Ipv4Addr) -> String {
    let name = dashed(address);
    match region.as_str() {
        FIRST_REGION => format!("ip-{name}.ec2.internal"),
        region => format!("ip-{name}.{region}.compute.internal"),
    }
}

/// `ec2-198-18-0-5.compute-1.amazonaws.com`, elsewhere `ec2-198-18-0-5.eu-west-1.compute.amazonaws.com`.
pub fn public_hostname(region: &RegionName, address: Ipv4Addr) -> String {
    let name = dashed(address);
    match region.as_str() {
        FIRST_REGION => format!("ec2-{name}.compute-1.amazonaws.com"),
        region => format!("ec2-{name}.{region}.compute.amazonaws.com"),
    }
}

fn dashed(address: Ipv4Addr) -> String {
    address.to_string().replace('.', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_region() {
        let (first, other): (RegionName, RegionName) = (RegionName::default(), "eu-west-1".parse().unwrap());
        let address = Ipv4Addr::new(10, 0, 1, 5);
        assert_eq!(private_hostname(&first, address), "ip-10-0-1-5.ec2.internal");
        assert_eq!(private_hostname(&other, address), "ip-10-0-1-5.eu-west-1.compute.internal");
        assert_eq!(public_hostname(&first, address), "ec2-10-0-1-5.compute-1.amazonaws.com");
        assert_eq!(public_hostname(&other, address), "ec2-10-0-1-5.eu-west-1.compute.amazonaws.com");
    }
}
