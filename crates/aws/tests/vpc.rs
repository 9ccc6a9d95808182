//! The thin thread: VPCs made and described over the ec2 protocol, in process.

use croft_aws::{Answer, Aws, Caller, HttpRequest, InMemory, Principal};
use croft_model::Scope;
use std::sync::Arc;

fn ask(aws: &Aws, body: &str) -> (u16, String) {
    let request = HttpRequest { method: "POST".into(), path: "/".into(), body: body.into(), ..HttpRequest::default() };
    let caller = Caller {
        scope: Scope::default(),
        service: Some("ec2".into()),
        principal: Principal {
            arn: "arn:aws:iam::000000000000:root".into(),
            user_id: "000000000000".into(),
            access_key_id: "AKIA".into(),
        },
        request_id: "3b1f".into(),
    };
    let Answer { response, .. } = aws.answer(&request, &caller);
    (response.status, String::from_utf8(response.body).unwrap())
}

#[test]
fn a_vpc_is_made_and_described() {
    let aws = Aws::new(Arc::new(InMemory::new(1)));
    let (status, body) = ask(
        &aws,
        "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=a%26b",
    );
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("<cidrBlock>10.0.0.0/16</cidrBlock>"), "{body}");
    assert!(body.contains("<item><key>Name</key><value>a&amp;b</value></item>"), "{body}");
    let (status, body) = ask(&aws, "Action=DescribeVpcs&Filter.1.Name=tag:Name&Filter.1.Value.1=a*");
    assert_eq!((status, body.matches("<vpcId>").count()), (200, 1), "{body}");
    let (_, body) = ask(&aws, "Action=DescribeVpcs&MaxResults=5&Filter.1.Name=is-default&Filter.1.Value.1=true");
    assert_eq!(body.matches("<vpcId>").count(), 1, "the default VPC of a region that is used first: {body}");
}

#[test]
fn refusals_bear_aws_s_codes() {
    let aws = Aws::new(Arc::new(InMemory::new(1)));
    for (body, status, code) in [
        ("", 400, "MissingAction"),
        ("Action=MakeVpc", 400, "InvalidAction"),
        ("Action=CreateFleet", 400, "UnsupportedOperation"),
        ("Action=CreateVpc", 400, "MissingParameter"),
        ("Action=CreateVpc&CidrBlock=10.0.0.0/16&Colour=red", 400, "UnknownParameter"),
        ("Action=CreateVpc&CidrBlock=10.0.0.0/16&InstanceTenancy=none", 400, "InvalidParameterValue"),
        ("Action=CreateVpc&CidrBlock=10.0.0.0/16&Ipv4IpamPoolId=ipam-1", 400, "UnsupportedOperation"),
        ("Action=CreateVpc&CidrBlock=10.0.0.0/8", 400, "InvalidVpc.Range"),
        ("Action=CreateVpc&CidrBlock=10.0.0.0/16&DryRun=true", 412, "DryRunOperation"),
        ("Action=CreateVpc&CidrBlock=10.0.0.0/8&DryRun=true", 400, "InvalidVpc.Range"),
        ("Action=DescribeVpcs&MaxResults=1", 400, "InvalidParameterValue"),
        ("Action=DescribeVpcs&Filter.1.Name=colour&Filter.1.Value.1=x", 400, "InvalidParameterValue"),
        ("Action=DescribeVpcs&VpcId.1=vpc-00000000000000001", 400, "InvalidVpcID.NotFound"),
        ("Action=DescribeVpcs&NextToken=%25", 400, "InvalidNextToken"),
        ("Action=%zz", 400, "MalformedQueryString"),
    ] {
        let (got, answer) = ask(&aws, body);
        assert!(got == status && answer.contains(&format!("<Code>{code}</Code>")), "{body}: {got} {answer}");
    }
}
