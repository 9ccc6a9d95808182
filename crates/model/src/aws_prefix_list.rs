//! The prefix lists that AWS keeps in every region: the addresses of S3 and of DynamoDB there.
//!
//! Identifiers and blocks of `us-east-1` and `us-east-2` are those that AWS has published. Those of other regions are
//! Croft's own, of the same kind: the fabric has an internet of its own, and who looks a list up by its name, as one
//! should, gets what holds there.

use crate::prefix_list::{PrefixList, PrefixListEntry, PrefixListOwner};
use crate::*;
use ipnet::{IpNet, Ipv4Net};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

/// What AWS has published: region, service, identifier, blocks.
const PUBLISHED: &[(&str, &str, &str, &[&str])] = &[
    ("us-east-1", "dynamodb", "pl-02cd2c6b", &["52.94.0.0/22", "52.119.224.0/20"]),
    ("us-east-1", "s3", "pl-63a5400a", &["3.5.0.0/19", "52.216.0.0/15", "54.231.0.0/17"]),
    ("us-east-2", "dynamodb", "pl-4ca54025", &["52.94.4.0/24"]),
    ("us-east-2", "s3", "pl-7ba54012", &["3.5.128.0/22", "52.219.80.0/20", "52.219.96.0/20"]),
];

/// The other regions. A region's blocks follow from its place: names are only ever added, and at the end.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// What AWS has each list count as where it is named.
const WEIGHT: u32 = 1;

static LISTS: LazyLock<BTreeMap<PrefixListId, PrefixList>> = LazyLock::new(|| {
    let published = PUBLISHED.iter().filter_map(|(region, service, id, blocks)| {
        list(region, service, id, blocks.iter().filter_map(|b| b.parse().ok()).collect())
    });
    let others = REGIONS.iter().enumerate().flat_map(|(place, region)| {
        let place = place as u8;
        let s3 = Ipv4Net::new(Ipv4Addr::new(54, 231, 128 + 2 * place, 0), 23);
        let dynamodb = Ipv4Net::new(Ipv4Addr::new(52, 94, 64 + place, 0), 24);
        [("s3", s3), ("dynamodb", dynamodb)].into_iter().filter_map(|(service, block)| {
            let id = format!("pl-{:08x}", number(&name(region, service)));
            list(region, service, &id, vec![block.ok()?.into()])
        })
    });
    published.chain(others).map(|list| (list.id.clone(), list)).collect()
});

fn name(region: &str, service: &str) -> String {
    format!("com.amazonaws.{region}.{service}")
}

/// FNV-1a: the same for ever, which is what matters here.
fn number(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn list(region: &str, service: &str, id: &str, blocks: Vec<IpNet>) -> Option<PrefixList> {
    let scope = Scope { account: AccountId::default(), region: region.parse().ok()? };
    let entries = blocks.into_iter().map(|cidr| PrefixListEntry { cidr, description: None }).collect();
    let list = PrefixList::new(id.parse().ok()?, scope, name(region, service), WEIGHT, entries);
    Some(PrefixList { owner: PrefixListOwner::Aws, ..list })
}

/// The list with this identifier, of whatever region.
pub fn find(id: &PrefixListId) -> Option<&'static PrefixList> {
    LISTS.get(id)
}

/// The lists of a region.
pub fn of_region(region: &RegionName) -> impl Iterator<Item = &'static PrefixList> {
    LISTS.values().filter(move |list| list.scope.region == *region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_region_has_two_lists_and_no_two_share_anything() {
        assert_eq!(LISTS.len(), PUBLISHED.len() + 2 * REGIONS.len());
        let names: BTreeSet<_> = LISTS.values().map(|l| &l.name).collect();
        assert_eq!(names.len(), LISTS.len());
        let blocks: Vec<_> = LISTS.values().flat_map(|l| l.entries.iter().map(|e| e.cidr)).collect();
        for (n, one) in blocks.iter().enumerate() {
            for other in &blocks[n + 1..] {
                assert!(!one.contains(other) && !other.contains(one), "{one} and {other} overlap");
            }
        }
    }

    #[test]
    fn published_lists_have_their_published_identifiers() {
        let list = find(&"pl-63a5400a".parse().unwrap()).unwrap();
        assert_eq!(list.name, "com.amazonaws.us-east-1.s3");
        assert_eq!((list.owner, list.max_entries, list.entries.len()), (PrefixListOwner::Aws, 1, 3));
        assert_eq!(of_region(&"eu-west-1".parse().unwrap()).count(), 2);
        assert_eq!(of_region(&"mars-1".parse().unwrap()).count(), 0);
    }
}
