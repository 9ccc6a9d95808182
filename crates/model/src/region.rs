//! The regions that AWS has, and which of them an account must opt into.

/// A region of AWS's commercial partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Such as `us-east-1`.
    pub name: &'static str,
    /// Where it is, as AWS names it, such as `US East (N. Virginia)`.
    pub long_name: &'static str,
    /// An account has it only after it has asked for it. In Croft every account has every region.
    pub opt_in: bool,
}

const fn region(name: &'static str, long_name: &'static str, opt_in: bool) -> Region {
    Region { name, long_name, opt_in }
}

/// All of them, by name.
pub const REGIONS: &[Region] = &[
    region("af-south-1", "Africa (Cape Town)", true),
    region("ap-east-1", "Asia Pacific (Hong Kong)", true),
    region("ap-east-2", "Asia Pacific (Taipei)", true),
    region("ap-northeast-1", "Asia Pacific (Tokyo)", false),
    region("ap-northeast-2", "Asia Pacific (Seoul)", false),
    region("ap-northeast-3", "Asia Pacific (Osaka)", false),
    region("ap-south-1", "Asia Pacific (Mumbai)", false),
    region("ap-south-2", "Asia Pacific (Hyderabad)", true),
    region("ap-southeast-1", "Asia Pacific (Singapore)", false),
    region("ap-southeast-2", "Asia Pacific (Sydney)", false),
    region("ap-southeast-3", "Asia Pacific (Jakarta)", true),
    region("ap-southeast-4", "Asia Pacific (Melbourne)", true),
    region("ap-southeast-5", "Asia Pacific (Malaysia)", true),
    region("ap-southeast-6", "Asia Pacific (New Zealand)", true),
    region("ap-southeast-7", "Asia Pacific (Thailand)", true),
    region("ca-central-1", "Canada (Central)", false),
    region("ca-west-1", "Canada West (Calgary)", true),
    region("eu-central-1", "Europe (Frankfurt)", false),
    region("eu-central-2", "Europe (Zurich)", true),
    region("eu-north-1", "Europe (Stockholm)", false),
    region("eu-south-1", "Europe (Milan)", true),
    region("eu-south-2", "Europe (Spain)", true),
    region("eu-west-1", "Europe (Ireland)", false),
    region("eu-west-2", "Europe (London)", false),
    region("eu-west-3", "Europe (Paris)", false),
    region("il-central-1", "Israel (Tel Aviv)", true),
    region("me-central-1", "Middle East (UAE)", true),
    region("me-south-1", "Middle East (Bahrain)", true),
    region("mx-central-1", "Mexico (Central)", true),
    region("sa-east-1", "South America (Sao Paulo)", false),
    region("us-east-1", "US East (N. Virginia)", false),
    region("us-east-2", "US East (Ohio)", false),
    region("us-west-1", "US West (N. California)", false),
    region("us-west-2", "US West (Oregon)", false),
];

/// The region of this name, if AWS has it.
pub fn named(name: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|r| r.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_sorted_and_named_as_names_go() {
        assert!(REGIONS.windows(2).all(|w| w[0].name < w[1].name));
        assert!(REGIONS.iter().all(|r| r.name.parse::<crate::RegionName>().is_ok()));
        assert_eq!(REGIONS.iter().filter(|r| !r.opt_in).count(), 17, "regions that every account has");
        assert_eq!(named("us-east-1").map(|r| r.opt_in), Some(false));
        assert_eq!(named("mars-1"), None);
    }
}
