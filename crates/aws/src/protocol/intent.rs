//! What a request is about to do, told before it is decoded.

/// Does a request only look at things? Told by the name of its operation, which is the last part of its target or stands
/// in its query or form: cheap, and a guess. Where it is wrong nothing but the place of the work is.
pub fn only_reads(target: Option<&str>, query: &[u8], body: &[u8]) -> bool {
    let named = target.map(|target| target.rsplit('.').next().unwrap_or(target).as_bytes());
    let Some(operation) = named.or_else(|| action(query)).or_else(|| action(body)) else { return false };
    [&b"Describe"[..], b"Get", b"List"].iter().any(|verb| operation.starts_with(verb))
}

/// The value of `Action` in a form, as it is written.
fn action(form: &[u8]) -> Option<&[u8]> {
    form.split(|b| *b == b'&').find_map(|pair| pair.strip_prefix(b"Action="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_that_look_are_told_from_those_that_do() {
        for (target, query, body, reads) in [
            (None, "", "Action=DescribeVpcs&Version=2016-11-15", true),
            (None, "", "Version=2011-06-15&Action=GetCallerIdentity", true),
            (None, "Action=ListRoles&Version=2010-05-08", "", true),
            (None, "", "Action=CreateVpc&Name=DescribeVpcs", false),
            (None, "", "Name=x%26Action=DescribeVpcs&Action=DeleteVpc", false),
            (None, "", "", false),
            (Some("AmazonEC2ContainerServiceV20141113.ListClusters"), "", "{}", true),
            (Some("AmazonEC2ContainerServiceV20141113.CreateCluster"), "", "Action=ListRoles", false),
        ] {
            assert_eq!(only_reads(target, query.as_bytes(), body.as_bytes()), reads, "{target:?} {query} {body}");
        }
    }
}
