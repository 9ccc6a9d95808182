//! Types of IAM (row CFN-1): what they make, what a change does, what they give back.

mod world;

use croft_control::Cloud;
use croft_model::credential::AccessKeyId;
use croft_model::stack::Status;
use world::World;

const TRUST: &str = "{ Version: 2012-10-17, Statement: [{ Effect: Allow, Action: 'sts:AssumeRole', Principal: { Service: ec2.amazonaws.com } }] }";
const READ: &str = "{ Version: 2012-10-17, Statement: [{ Effect: Allow, Action: 's3:GetObject', Resource: '*' }] }";
const WRITE: &str = "{ Version: 2012-10-17, Statement: [{ Effect: Allow, Action: ['s3:PutObject'], Resource: '*' }] }";

fn role(rest: &str) -> String {
    format!(
        "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n{rest}"
    )
}

fn found<'c>(cloud: &'c Cloud, world: &World, name: &str) -> &'c croft_model::iam::Role {
    cloud.iam_role(&world.scope.account, name).expect("the role is there")
}

#[test]
fn cfn_1_a_role_with_everything_comes_up_changes_in_place_and_goes() {
    let world = World::new();
    let first = role(&format!(
        "      Description: first
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']
      MaxSessionDuration: 7200
      Path: /a/
      PermissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
      Policies: [{{ PolicyName: read, PolicyDocument: {READ} }}]
      Tags: [{{ Key: k, Value: v }}, {{ Key: gone, Value: x }}]
Outputs:
  Arn: {{ Value: !GetAtt R.Arn }}
  Id: {{ Value: !GetAtt R.RoleId }}
  Ref: {{ Value: !Ref R }}
"
    ));
    world.whole(world.up(&first));
    let name = world.id("R");
    assert!(name.starts_with("web-R-") && name.len() == "web-R-".len() + 12, "{name}");
    let cloud = world.cloud();
    let made = found(&cloud, &world, &name);
    assert_eq!(world.output("Arn"), format!("arn:aws:iam::222222222222:role/a/{name}"));
    assert_eq!((world.output("Id"), world.output("Ref")), (made.id.clone(), name.clone()));
    assert_eq!((made.description.as_deref(), made.max_session_duration), (Some("first"), 7200));
    assert_eq!(made.policies.permissions_boundary.as_deref(), Some("arn:aws:iam::aws:policy/PowerUserAccess"));
    assert_eq!(made.policies.attached.iter().collect::<Vec<_>>(), ["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    let document: serde_json::Value = serde_json::from_str(&made.policies.inline["read"]).unwrap();
    assert_eq!(document["Statement"][0]["Action"], "s3:GetObject");
    assert_eq!(made.tags["k"], "v");
    assert_eq!(made.tags["aws:cloudformation:logical-id"], "R");

    let second = role(&format!(
        "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonS3FullAccess']
      Path: /a/
      Policies: [{{ PolicyName: write, PolicyDocument: {WRITE} }}]
      Tags: [{{ Key: k, Value: w }}]
"
    ));
    world.whole(world.update(&second));
    assert_eq!(world.id("R"), name, "the same role");
    let cloud = world.cloud();
    let made = found(&cloud, &world, &name);
    assert_eq!((made.description.as_deref(), made.max_session_duration), (Some(""), 3600));
    assert_eq!(made.policies.permissions_boundary, None);
    assert_eq!(made.policies.attached.iter().collect::<Vec<_>>(), ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]);
    assert_eq!(made.policies.inline.keys().collect::<Vec<_>>(), ["write"]);
    assert_eq!((made.tags["k"].as_str(), made.tags.contains_key("gone")), ("w", false));

    world.whole(world.update(&role("      Path: /b/\n")));
    assert_ne!(world.id("R"), name, "another path makes another role");
    assert!(world.cloud().iam_role(&world.scope.account, &name).is_err(), "the old one is gone");
    assert_eq!(world.down().status, Status::DeleteComplete);
    assert_eq!(world.cloud().roles.len(), 0);
}

#[test]
fn cfn_1_a_name_that_is_given_is_kept_and_one_that_is_taken_fails() {
    let world = World::new();
    let two = format!(
        "{}{}",
        role("      RoleName: mine\n"),
        role("      RoleName: mine\n").replace("Resources:\n  R:", "  S:\n    DependsOn: R")
    );
    let stack = world.up(&two);
    assert_eq!(stack.status, Status::RollbackComplete);
    assert!(world.failure(&stack.id, "S").contains("Role with name mine already exists."));
    assert_eq!(world.cloud().roles.len(), 0, "nothing stays");
    let long = World::new();
    let name = format!("R{}", "x".repeat(100));
    long.whole(long.up(&role("").replace("  R:", &format!("  {name}:"))));
    assert_eq!(long.id(&name).len(), 64, "cut to what a role's name may have");
}

const EVERYTHING: &str = "
Parameters:
  Action: { Type: String, Default: 's3:GetObject' }
  Status: { Type: String, Default: Active }
  Bearer: { Type: String, Default: '' }
Conditions:
  More: !Equals [!Ref Bearer, more]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: TRUST
  Other:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: TRUST
  User:
    Type: AWS::IAM::User
    Properties:
      Path: !If [More, /people/, !Ref 'AWS::NoValue']
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']
      Policies: [{ PolicyName: own, PolicyDocument: READ }]
      Tags: [{ Key: team, Value: !Ref Status }]
  Key:
    Type: AWS::IAM::AccessKey
    Properties: { UserName: !Ref User, Status: !Ref Status }
  Inline:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: inline
      PolicyDocument: { Version: 2012-10-17, Statement: [{ Effect: Allow, Action: !Ref Action, Resource: '*' }] }
      Roles: !If [More, [!Ref Role, !Ref Other], [!Ref Role]]
      Users: [!Ref User]
  RoleOnly:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: !Ref Role
      PolicyName: only
      PolicyDocument: { Version: 2012-10-17, Statement: { Effect: Allow, Action: !Ref Action, Resource: '*' } }
  UserOnly:
    Type: AWS::IAM::UserPolicy
    Properties: { UserName: !Ref User, PolicyName: mine, PolicyDocument: READ }
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: of the stack
      PolicyDocument: { Version: 2012-10-17, Statement: [{ Effect: Allow, Action: !Ref Action, Resource: '*' }] }
      Roles: [!If [More, !Ref Other, !Ref Role]]
      Users: [!Ref User]
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: { Roles: [!If [More, !Ref Other, !Ref Role]] }
  Linked:
    Type: AWS::IAM::ServiceLinkedRole
    Properties: { AWSServiceName: autoscaling.amazonaws.com, CustomSuffix: web, Description: !Ref Status }
  Metadata:
    Type: AWS::CDK::Metadata
    Properties: { Analytics: !Ref Action }
Outputs:
  UserArn: { Value: !GetAtt User.Arn }
  Secret: { Value: !GetAtt Key.SecretAccessKey }
  InlineId: { Value: !GetAtt Inline.Id }
  PolicyArn: { Value: !GetAtt Managed.PolicyArn }
  Version: { Value: !GetAtt Managed.DefaultVersionId }
  Count: { Value: !GetAtt Managed.AttachmentCount }
  Made: { Value: !GetAtt Managed.CreateDate }
  ProfileArn: { Value: !GetAtt Profile.Arn }
  LinkedName: { Value: !GetAtt Linked.RoleName }
";

fn everything() -> String {
    EVERYTHING.replace("TRUST", TRUST).replace("READ", READ)
}

#[test]
fn cfn_1_every_type_of_iam_comes_up_changes_in_place_and_goes() {
    let world = World::new();
    let template = everything();
    world.whole(world.up(&template));
    let ids = |world: &World| {
        let cloud = world.cloud();
        let all = cloud.stack_resources(&world.stack().id).filter(|r| r.is_there());
        all.map(|r| (r.logical_id.clone(), r.physical_id.clone())).collect::<Vec<_>>()
    };
    let (before, cloud) = (ids(&world), world.cloud());
    let (user, key, role) = (world.id("User"), world.id("Key"), world.id("Role"));
    assert_eq!(world.output("UserArn"), format!("arn:aws:iam::222222222222:user/{user}"));
    let credential = &cloud.credentials[&key.parse::<AccessKeyId>().unwrap()];
    assert_eq!(world.output("Secret"), credential.secret_access_key.reveal());
    assert!(credential.active);
    assert_eq!(world.output("InlineId"), world.id("Inline"));
    assert_eq!((world.output("Version"), world.output("Count")), ("v1".into(), "2".into()));
    assert_eq!(world.output("Made"), "2023-11-14T22:13:20Z");
    assert_eq!(world.output("PolicyArn"), world.id("Managed"));
    assert_eq!(
        world.output("ProfileArn"),
        format!("arn:aws:iam::222222222222:instance-profile/{}", world.id("Profile"))
    );
    assert_eq!(world.output("LinkedName"), "AWSServiceRoleForAutoScaling_web");
    assert_eq!(world.id("RoleOnly"), format!("only|{role}"));
    let own = |world: &World, name: &str| {
        let cloud = world.cloud();
        found(&cloud, world, name).policies.inline.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(own(&world, &role), ["inline", "only"]);

    let parameters = [("Action", "s3:PutObject"), ("Status", "Inactive"), ("Bearer", "more")];
    let begun = world.stacks.update(&world.scope, "web", &world.asked(&template, &parameters)).expect("it begins");
    world.whole(world.ended(begun));
    assert_eq!(ids(&world), before, "all changed in place");
    let cloud = world.cloud();
    let other = world.id("Other");
    assert_eq!(
        (own(&world, &role), own(&world, &other)),
        (vec!["inline".into(), "only".into()], vec!["inline".into()])
    );
    assert!(found(&cloud, &world, &role).policies.inline["only"].contains("s3:PutObject"));
    assert!(found(&cloud, &world, &role).policies.attached.is_empty());
    assert!(found(&cloud, &world, &other).policies.attached.contains(&world.id("Managed")));
    assert!(!cloud.credentials[&key.parse::<AccessKeyId>().unwrap()].active);
    assert_eq!(world.output("Version"), "v2");
    assert_eq!(world.output("UserArn"), format!("arn:aws:iam::222222222222:user/people/{user}"));
    let profile = cloud.instance_profile(&world.scope.account, &world.id("Profile")).expect("it is there");
    assert_eq!(cloud.role_of(profile).map(|r| r.name.clone()), Some(other));
    let linked = found(&cloud, &world, &world.id("Linked"));
    assert_eq!(linked.description.as_deref(), Some("Inactive"));

    assert_eq!(
        world.down().status,
        Status::DeleteComplete,
        "{:?}",
        world.reasons(&world.cloud().stacks.keys().next().unwrap().clone())
    );
    let cloud = world.cloud();
    assert_eq!((cloud.roles.len(), cloud.users.len(), cloud.managed_policies.len()), (0, 0, 0));
    assert_eq!((cloud.instance_profiles.len(), cloud.credentials.len()), (0, 0));
}

#[test]
fn cfn_1_a_sixth_document_of_a_managed_policy_takes_the_place_of_the_oldest() {
    let world = World::new();
    let template = |number: usize| {
        let document = READ.replace("s3:GetObject", &format!("s3:Get{number}"));
        format!("Resources:\n  M: {{ Type: 'AWS::IAM::ManagedPolicy', Properties: {{ PolicyDocument: {document} }} }}")
    };
    world.whole(world.up(&template(1)));
    for number in 2..=7 {
        world.whole(world.update(&template(number)));
    }
    let cloud = world.cloud();
    let policy = cloud.customer_policy(&world.scope.account, &world.id("M")).expect("it is there");
    let numbers: Vec<u32> = policy.versions.iter().map(|version| version.number).collect();
    assert_eq!((numbers, policy.default_version), (vec![3, 4, 5, 6, 7], 7));
    assert_eq!(world.down().status, Status::DeleteComplete);
}

#[test]
fn cfn_1_what_iam_refuses_rolls_back_and_leaves_nothing() {
    for (rest, reason) in [
        ("      ManagedPolicyArns: ['arn:aws:iam::aws:policy/NoSuchPolicy']\n", "does not exist or is not attachable"),
        ("      Policies: [{ PolicyName: p, PolicyDocument: { Statement: [] } }]\n", "Syntax errors in policy."),
        ("      Path: nowhere\n", "begin and end with /"),
    ] {
        let world = World::new();
        let stack = world.up(&role(rest));
        assert_eq!(stack.status, Status::RollbackComplete);
        let failure = world.failure(&stack.id, "R");
        assert!(failure.contains(reason), "{failure}");
        assert_eq!(world.cloud().roles.len(), 0);
    }
    let world = World::new();
    let nobody = format!(
        "Resources:\n  P: {{ Type: 'AWS::IAM::Policy', Properties: {{ PolicyName: p, PolicyDocument: {READ} }} }}"
    );
    let stack = world.up(&nobody);
    assert_eq!(world.failure(&stack.id, "P"), "At least one of [Groups,Roles,Users] must be non-empty.");
}

#[test]
fn cfn_1_a_failed_update_gives_a_role_back_what_it_had() {
    let world = World::new();
    let first =
        role(&format!("      Description: first\n      Policies: [{{ PolicyName: read, PolicyDocument: {READ} }}]\n"));
    world.whole(world.up(&first));
    let before = world.cloud();
    let second = role(
        "      Description: second
  Late:
    Type: AWS::IAM::RolePolicy
    Properties: { RoleName: !Ref R, PolicyName: p, PolicyDocument: { Statement: [] } }
",
    );
    assert_eq!(world.update(&second).status, Status::UpdateRollbackComplete);
    assert_eq!(world.cloud().roles, before.roles);
}

#[test]
fn cfn_1_groups_and_console_passwords_are_refused_by_name() {
    let world = World::new();
    let user = |rest: &str| format!("Resources:\n  U: {{ Type: 'AWS::IAM::User', Properties: {{ {rest} }} }}");
    for (rest, said) in [("Groups: [a]", "property Groups"), ("LoginProfile: { Password: x }", "property LoginProfile")]
    {
        let error = world.create(&user(rest)).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let group = world.create("Resources:\n  G: { Type: 'AWS::IAM::Group' }").unwrap_err().to_string();
    assert!(group.contains("AWS::IAM::Group"), "{group}");
}
