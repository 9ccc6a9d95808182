//! What can be told before anything is begun is told there to whoever can be asked; AWS's API begins (row CFN-1).

use super::*;

const IMAGE: &str = "
Parameters: { Image: { Type: String, Default: ami-0fffffffffffffff0 } }
Mappings: { Images: { all: { wrong: ami-0eeeeeeeeeeeeeee0 } } }
Resources:
  V: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref V, CidrBlock: 10.0.1.0/24 } }
  M: { Type: AWS::EC2::Instance, Properties: { ImageId: !Ref Image, SubnetId: !Ref S } }
";

fn asked(memory: &Memory, template: &str) -> Asked {
    Asked { template: Some(template.to_string()), preflight: true, ..memory.asked() }
}

#[test]
fn an_unknown_image_is_told_before_anything_is_made() {
    let (found, literal) = ("!FindInMap [Images, all, wrong]", "ami-1234");
    for (value, id) in [("!Ref Image", "ami-0fffffffffffffff0"), (found, "ami-0eeeeeeeeeeeeeee0"), (literal, literal)] {
        let mut memory = Memory::new();
        let text = IMAGE.replace("!Ref Image", value);
        let asked = asked(&memory, &text);
        let told = said(memory.deploy("web", &asked));
        let place = format!("template.yaml:7:48: M: there is no image {id} here; let AWS's name find one");
        assert!(told.starts_with(&place), "{told}");
        assert!(memory.control.cloud().stacks.is_empty() && memory.control.cloud().vpcs.is_empty());
    }
}

#[test]
fn an_update_is_told_too_and_changes_nothing() {
    let mut memory = Memory::new();
    let right = IMAGE.replace("ami-0fffffffffffffff0", "ami-0c02fb55956c7d316");
    let first = asked(&memory, &right);
    memory.deploy("web", &first).expect("it comes up");
    let before = memory.control.cloud().clone();
    let wrong = Asked { parameters: [("Image".to_string(), "ami-1234".into())].into(), ..first.clone() };
    assert!(said(memory.deploy("web", &wrong)).contains("there is no image ami-1234 here"));
    assert_eq!(memory.control.cloud().version, before.version);
    // What stays as it is raises no doubt.
    assert_eq!(memory.deploy("web", &first).expect("nothing to do"), Done::Unchanged(memory.stack().clone()));
}

#[test]
fn without_it_the_stack_is_begun_and_rolled_back() {
    let mut memory = Memory::new();
    let begun = Asked { preflight: false, ..asked(&memory, IMAGE) };
    assert!(said(memory.deploy("web", &begun)).contains("The image id '[ami-0fffffffffffffff0]' does not exist"));
    assert_eq!(memory.stack().status, Status::RollbackComplete);
}
