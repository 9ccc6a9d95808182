use super::*;
use serde_json::json;

#[test]
fn lists_are_flat_and_names_are_of_the_wire() {
    let request = form(
        "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=2&SecurityGroupId.1=sg-1&SecurityGroupId.2=sg-2\
         &NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.AssociatePublicIpAddress=true\
         &NetworkInterface.1.PrivateIpAddresses.1.PrivateIpAddress=10.0.0.4&NetworkInterface.1.PrivateIpAddresses.1.Primary=true\
         &TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=a+b%26",
    );
    let expected = json!({
        "ImageId": "ami-1", "MinCount": 1, "MaxCount": 2, "SecurityGroupIds": ["sg-1", "sg-2"],
        "NetworkInterfaces": [{
            "DeviceIndex": 0, "AssociatePublicIpAddress": true,
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.4", "Primary": true}]
        }],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "a b&"}]}]
    });
    assert_eq!(accepted(&EC2, &request), ("RunInstances", expected));
}

#[test]
fn elements_come_in_the_order_of_their_numbers() {
    let request = form("Action=DescribeVpcs&VpcId.10=c&VpcId.2=b&VpcId.1=a");
    assert_eq!(accepted(&EC2, &request).1, json!({"VpcIds": ["a", "b", "c"]}));
}

#[test]
fn a_request_may_stand_in_the_address_with_its_signature() {
    let query = "Action=DescribeVpcs&Version=2016-11-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Date=b\
        &X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=c&X-Amz-Security-Token=d&MaxResults=5";
    let request = HttpRequest { method: "GET".into(), path: "/".into(), query: query.into(), ..HttpRequest::default() };
    assert_eq!(accepted(&EC2, &request), ("DescribeVpcs", json!({"MaxResults": 5})));
}

#[test]
fn what_the_model_does_not_allow_is_refused() {
    for (body, code, word) in [
        ("Action=CreateSubnet&CidrBlock=10.0.0.0/24", "MissingParameter", "VpcId"),
        ("Action=DescribeVpcs&Filter.1.Nome=x", "UnknownParameter", "Filter.1.Nome"),
        ("Action=DescribeVpcs&VpcId.a=x", "UnknownParameter", "VpcId"),
        ("Action=DescribeVpcs&VpcId.1.x=x", "UnknownParameter", "VpcId.1.x"),
        ("Action=DescribeVpcs&VpcId=x", "InvalidParameterValue", "VpcId"),
        ("Action=DescribeVpcs&DryRun=yes", "InvalidParameterValue", "DryRun"),
        ("Action=DescribeVpcs&MaxResults=many", "InvalidParameterValue", "MaxResults"),
        ("Action=DescribeVpcs&MaxResults=99999999999", "InvalidParameterValue", "MaxResults"),
        ("Action=DescribeVpcs&MaxResults=1001", "InvalidParameterValue", "MaxResults"),
        ("Action=DescribeVpcs&NextToken=a&NextToken=b", "InvalidParameterValue", "NextToken"),
        ("Action=DescribeVpcs&NextToken=%01", "InvalidCharacter", "NextToken"),
        ("Action=DescribeVpcs&NextToken=%ff", "MalformedQueryString", ""),
        ("Action=AllocateAddress&Domain=moon", "InvalidParameterValue", "Domain"),
        ("Action=ImportKeyPair&KeyName=a&PublicKeyMaterial=%21", "InvalidParameterValue", "PublicKeyMaterial"),
        ("Action=CreateFleet", "UnsupportedOperation", "ec2:CreateFleet"),
    ] {
        let fault = refused(&EC2, &form(body));
        assert!(fault.code == code && fault.message.contains(word), "{body}: {fault}");
    }
    let deep = format!("Action=DescribeVpcs&{}=x", vec!["a"; 100_000].join("."));
    assert_eq!(refused(&EC2, &form(&deep)).code, "UnknownParameter");
}

#[test]
fn answers_have_ec2_s_form() {
    let response = written(
        &EC2,
        "DescribeNatGateways",
        json!({
            "NatGateways": [{"NatGatewayId": "nat-1", "CreateTime": 951_827_696_000_i64, "Tags": []}], "NextToken": null
        }),
    );
    assert_eq!(
        body(&response),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeNatGatewaysResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15\">\
         <requestId>an-id</requestId><natGatewaySet><item><createTime>2000-02-29T12:34:56.000Z</createTime>\
         <natGatewayId>nat-1</natGatewayId><tagSet></tagSet></item></natGatewaySet></DescribeNatGatewaysResponse>"
    );
    assert!(body(&written(&EC2, "DeleteVpc", json!(null))).contains("<return>true</return>"));
    let fault = Fault::new("InvalidVpcID.NotFound", "<no>");
    let response = encode_fault(&EC2, &fault, "an-id");
    assert_eq!(response.status, 400);
    assert!(body(&response).ends_with(
        "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>&lt;no&gt;</Message></Error></Errors><RequestID>an-id</RequestID></Response>"
    ));
}
