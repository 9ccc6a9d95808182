//! What an instance's UserData tells the stack that waits for it, by packets (rows EXT-2, CFN-1): needs root, and fails
//! without it.

mod place;

use place::{PATIENCE, Place};
use serde_json::Value as Json;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A VPC with a public subnet, one behind a NAT gateway, and one without a way out.
const NETWORK: &str = "
Resources:
  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  Gateway: {Type: 'AWS::EC2::InternetGateway'}
  Attached: {Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  Public:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, MapPublicIpOnLaunch: true}
  PublicTable: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref Vpc}}
  PublicUses:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Public, RouteTableId: !Ref PublicTable}
  PublicOut:
    Type: AWS::EC2::Route
    DependsOn: Attached
    Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  Private: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24}}
  PrivateTable: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref Vpc}}
  PrivateUses:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Private, RouteTableId: !Ref PrivateTable}
  NatAddress: {Type: 'AWS::EC2::EIP', DependsOn: Attached}
  Nat:
    Type: AWS::EC2::NatGateway
    DependsOn: [PublicOut, PublicUses]
    Properties: {SubnetId: !Ref Public, AllocationId: !GetAtt NatAddress.AllocationId}
  PrivateOut:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref PrivateTable, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
  Isolated: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.3.0/24}}
  Handle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: App
    Properties: {Handle: !Ref Handle, Timeout: 'TIMEOUT'}
  App:
    Type: AWS::EC2::Instance
    DependsOn: [PublicOut, PublicUses, PrivateOut, PrivateUses]
    Properties:
      ImageId: ami-0c02fb55956c7d316
      SubnetId: !Ref SUBNET
      Tags: [{Key: Name, Value: app}]
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          rest=$(echo '${Handle}' | cut -c8-)
          body='{\"Status\":\"STATUS\",\"Reason\":\"as told\",\"UniqueId\":\"app\",\"Data\":\"listens on 8080\"}'
          exec 3<>/dev/tcp/${!rest%%/*}/80
          printf 'PUT /%s HTTP/1.1\\r\\nHost: croft\\r\\nContent-Type:\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n%s' \\
            \"${!rest#*/}\" \"${!#body}\" \"$body\" >&3
          cat <&3
          exec sleep infinity
Outputs:
  Data: {Value: !GetAtt Wait.Data}
  Url: {Value: !Ref Handle}
";

fn template(place: &Place, subnet: &str, status: &str, timeout: &str) {
    let text = NETWORK.replace("SUBNET", subnet).replace("STATUS", status).replace("TIMEOUT", timeout);
    place.write("waits.yaml", &text);
}

/// Brings the stack up, and gives its outputs.
fn comes_up(place: &Place, subnet: &str) -> Json {
    template(place, subnet, "SUCCESS", "600");
    let up = place.croft(&["up", "waits.yaml", "--yes", "--json"]).success().json();
    assert_eq!(up["status"], "CREATE_COMPLETE", "{up}");
    assert_eq!(up["outputs"]["Data"], r#"{"app":"listens on 8080"}"#);
    assert!(up["outputs"]["Url"].as_str().unwrap().starts_with("http://198.19.255.254/_croft/signals/"), "{up}");
    up["outputs"].clone()
}

/// Fails to bring it up: what was said.
fn fails(place: &Place, subnet: &str, status: &str, timeout: &str) -> String {
    template(place, subnet, status, timeout);
    let up = place.croft(&["up", "waits.yaml", "--yes"]);
    assert_eq!(up.code, 2, "{}", up.output);
    let stacks = place.croft(&["stacks", "--json"]).success().json();
    assert_eq!(stacks[0]["status"], "ROLLBACK_COMPLETE");
    up.output + &up.error
}

/// Puts to a URL by the interface of the only instance: the status and the text.
fn put(place: &Place, url: &str, body: &str) -> (u16, String) {
    let mut namespaces = std::fs::read_dir(place.run_dir().join("ns")).unwrap();
    let namespace = std::fs::File::open(namespaces.next().unwrap().unwrap().path()).unwrap();
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let head = format!("PUT /{path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let exchange = move || {
        nix::sched::setns(namespace, nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
        let mut stream = TcpStream::connect((host, 80)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    // The namespace is that of the thread.
    let answer = std::thread::scope(|scope| scope.spawn(exchange).join().unwrap());
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), text.to_string())
}

#[test]
fn ext_2_user_data_in_a_public_subnet_tells_its_stack_and_nobody_without_the_secret_does() {
    let place = Place::new();
    let serve = place.serve();
    let outputs = comes_up(&place, "Public");
    let url = outputs["Url"].as_str().unwrap();

    let signal = |id: &str, data: &str| format!(r#"{{"Status":"SUCCESS","UniqueId":"{id}","Data":"{data}"}}"#);
    let exported = || place.croft(&["state", "export"]).success().output;
    let before = exported();
    let (path, secret) = url.rsplit_once('/').unwrap();
    for wrong in ["0".repeat(32), secret[1..].to_string(), secret.to_string() + "0", String::new()] {
        let refused = (403, "nothing waits for signals at this URL\n".to_string());
        assert_eq!(put(&place, &format!("{path}/{wrong}"), &signal("x", "")), refused);
    }
    let too_large = (413, "a signal has at most 16384 bytes\n".to_string());
    assert_eq!(put(&place, url, &"x".repeat((16 << 10) + 1)), too_large);
    assert_eq!(put(&place, url, r#"{"Status":"DONE","UniqueId":"x"}"#).0, 400);
    assert_eq!(exported(), before, "nothing of it was kept");
    assert_eq!(put(&place, url, &signal("later", &"d".repeat(4096))), (200, String::new()));
    assert!(exported().contains("\"later\""));

    // Without the daemon nobody takes it, and the client is told to come again.
    place.kill_daemon();
    drop(serve);
    let unheard = put(&place, url, &signal("late", ""));
    assert!(unheard.0 == 503 && unheard.1.contains("daemon does not run"), "{unheard:?}");
    let _serve = place.serve();
    assert_eq!(put(&place, url, &signal("late", "")).0, 200);
    assert!(exported().contains("\"late\""));

    // The way is an ordinary one, and can be asked about.
    let reach = place.croft(&["reach", "app", "internet@198.19.255.254:80"]);
    assert_eq!(reach.code, 0, "{}{}", reach.output, reach.error);
    place.croft(&["down", "waits"]).success();
}

#[test]
fn ext_2_user_data_behind_a_nat_gateway_tells_its_stack() {
    let place = Place::new();
    // As `croft up` starts it: without AWS's API.
    comes_up(&place, "Private");
    let logs = place.croft(&["logs", "app"]).success().output;
    assert!(logs.contains("HTTP/1.1 200 OK"), "{logs}");
    place.croft(&["down", "waits"]).success();
}

#[test]
fn ext_2_user_data_that_reports_failure_rolls_its_stack_back() {
    let place = Place::new();
    let said = fails(&place, "Public", "FAILURE", "600");
    assert!(said.contains("WaitCondition received failed message: 'as told' for uniqueId: app"), "{said}");
}

#[test]
fn ext_2_what_has_no_way_out_does_not_tell_its_stack() {
    let place = Place::new();
    let said = fails(&place, "Isolated", "SUCCESS", "2");
    assert!(said.contains("WaitCondition timed out. Received 0 conditions when expecting 1"), "{said}");
    assert!(place.dropped("no_route") > 0, "it was tried");
}
