//! Users, roles, policies, instance profiles, access keys and sessions.

mod world;

use croft_control::*;
use croft_model::Tags;
use croft_model::credential::{AccessKeyId, Principal, Secret};
use world::World;

const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;
const SSM: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

fn user(name: &str) -> CreateUser {
    CreateUser { user_name: name.into(), path: None, permissions_boundary: None, tags: Tags::new() }
}

fn role(name: &str) -> CreateRole {
    CreateRole {
        role_name: name.into(),
        path: None,
        assume_role_policy_document: TRUST.into(),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: Tags::new(),
    }
}

fn policy(name: &str) -> CreatePolicy {
    CreatePolicy {
        policy_name: name.into(),
        path: None,
        policy_document: READ.into(),
        description: None,
        tags: Tags::new(),
    }
}

fn profile(name: &str) -> CreateInstanceProfile {
    CreateInstanceProfile { instance_profile_name: name.into(), path: None, tags: Tags::new() }
}

fn attach(role_name: &str, arn: &str) -> AttachRolePolicy {
    AttachRolePolicy { role_name: role_name.into(), policy_arn: arn.into() }
}

fn assume(arn: &str, duration_seconds: Option<u32>, random: u8) -> AssumeRole {
    AssumeRole {
        role_arn: arn.into(),
        role_session_name: "deploy".into(),
        duration_seconds,
        policy: None,
        policy_arns: vec![],
        caller: Principal::Root,
        access_key_id: AccessKeyId::temporary([random; 10]),
        secret_access_key: Secret::access_key([random; 30]),
        session_token: Secret::session_token([random; 96]),
    }
}

#[test]
fn a_name_is_taken_whatever_its_case() {
    let mut w = World::new();
    let made = w.run(CreateUser { path: Some("/staff/".into()), ..user("Bob") });
    assert_eq!(made.arn(), "arn:aws:iam::000000000000:user/staff/Bob");
    assert!(made.id.starts_with("AIDA") && made.id.len() == 21, "{}", made.id);
    assert_eq!(made.created, w.context.now);
    w.refused(user("bob"), "EntityAlreadyExists");
    w.run(role("bob"));
    w.refused(role("BOB"), "EntityAlreadyExists");
    for name in ["", "a b", "é", &"x".repeat(65)] {
        w.refused(user(name), "ValidationError");
    }
    for path in ["staff", "/staff", "staff/", "//", "/a b/"] {
        w.refused(CreateUser { path: Some(path.into()), ..user("eve") }, "ValidationError");
    }
}

#[test]
fn what_still_bears_something_is_not_deleted() {
    let mut w = World::new();
    w.run(role("web"));
    w.run(attach("web", SSM));
    w.run(PutRolePolicy { role_name: "web".into(), policy_name: "own".into(), policy_document: READ.into() });
    w.run(profile("web"));
    let add = AddRoleToInstanceProfile { instance_profile_name: "web".into(), role_name: "web".into() };
    w.run(add.clone());
    w.refused(add, "LimitExceeded");
    let delete = DeleteRole { role_name: "web".into() };
    w.refused(delete.clone(), "DeleteConflict");
    w.refused(DeleteInstanceProfile { instance_profile_name: "web".into() }, "DeleteConflict");
    w.run(RemoveRoleFromInstanceProfile { instance_profile_name: "web".into(), role_name: "web".into() });
    w.refused(
        RemoveRoleFromInstanceProfile { instance_profile_name: "web".into(), role_name: "web".into() },
        "NoSuchEntity",
    );
    assert!(w.refused(delete.clone(), "DeleteConflict").contains("detach all policies"));
    w.run(DetachRolePolicy { role_name: "web".into(), policy_arn: SSM.into() });
    w.refused(DetachRolePolicy { role_name: "web".into(), policy_arn: SSM.into() }, "NoSuchEntity");
    assert!(w.refused(delete.clone(), "DeleteConflict").contains("delete policies"));
    w.run(DeleteRolePolicy { role_name: "web".into(), policy_name: "own".into() });
    w.run(delete.clone());
    w.refused(delete, "NoSuchEntity");
    w.run(DeleteInstanceProfile { instance_profile_name: "web".into() });
    w.refused(DeleteInstanceProfile { instance_profile_name: "web".into() }, "NoSuchEntity");
}

#[test]
fn a_policy_lives_as_long_as_somebody_bears_it() {
    let mut w = World::new();
    let arn = w.run(policy("read")).arn();
    w.refused(policy("Read"), "EntityAlreadyExists");
    w.run(role("web"));
    w.run(attach("web", &arn));
    w.run(attach("web", &arn));
    let account = w.cloud().home.account.clone();
    assert_eq!(w.cloud().policy_uses(&account)[arn.as_str()], PolicyUse { attachments: 1, boundaries: 0 });
    let delete = DeletePolicy { policy_arn: arn.clone() };
    w.refused(delete.clone(), "DeleteConflict");
    w.run(DetachRolePolicy { role_name: "web".into(), policy_arn: arn.clone() });
    w.run(PutRolePermissionsBoundary { role_name: "web".into(), permissions_boundary: arn.clone() });
    w.refused(delete.clone(), "DeleteConflict");
    w.run(DeleteRolePermissionsBoundary { role_name: "web".into() });
    w.refused(DeleteRolePermissionsBoundary { role_name: "web".into() }, "NoSuchEntity");
    w.run(delete.clone());
    w.refused(delete, "NoSuchEntity");
    w.refused(attach("web", &arn), "NoSuchEntity");
    w.refused(attach("web", "arn:aws:iam::aws:policy/NobodyKnowsThis"), "NoSuchEntity");
    w.refused(attach("web", "arn:aws:s3:::bucket/object"), "InvalidInput");
    w.refused(DeletePolicy { policy_arn: SSM.into() }, "InvalidInput");
}

#[test]
fn five_versions_and_the_default_one_stays() {
    let mut w = World::new();
    let arn = w.run(policy("read")).arn();
    let version =
        |set_as_default| CreatePolicyVersion { policy_arn: arn.clone(), policy_document: READ.into(), set_as_default };
    for number in 2..=5 {
        assert_eq!(w.run(version(number == 3)).number, number);
    }
    w.refused(version(false), "LimitExceeded");
    let account = w.cloud().home.account.clone();
    assert_eq!(w.cloud().customer_policy(&account, &arn).unwrap().default_version, 3);
    let delete = |id: &str| DeletePolicyVersion { policy_arn: arn.clone(), version_id: id.into() };
    w.refused(delete("v3"), "DeleteConflict");
    w.refused(DeletePolicy { policy_arn: arn.clone() }, "DeleteConflict");
    w.run(SetDefaultPolicyVersion { policy_arn: arn.clone(), version_id: "v5".into() });
    for id in ["v1", "v2", "v3", "v4"] {
        w.run(delete(id));
        w.refused(delete(id), "NoSuchEntity");
    }
    assert_eq!(w.run(version(false)).number, 6, "a number is not used twice");
    w.run(delete("v6"));
    w.run(DeletePolicy { policy_arn: arn.clone() });
}

#[test]
fn documents_have_a_form_and_a_size() {
    let mut w = World::new();
    let with = |document: &str| CreatePolicy { policy_document: document.into(), ..policy("p") };
    w.refused(with("{}"), "MalformedPolicyDocument");
    w.refused(with(TRUST), "MalformedPolicyDocument");
    let long = |n: usize| READ.replace("s3:Get*", &format!("s3:{}", "G".repeat(n)));
    w.refused(with(&long(6144)), "LimitExceeded");
    w.run(with(&(long(6000) + &" ".repeat(9000))));
    w.run(role("web"));
    let put =
        |name: &str, n| PutRolePolicy { role_name: "web".into(), policy_name: name.into(), policy_document: long(n) };
    w.run(put("a", 5000));
    w.run(put("a", 5000));
    w.run(put("b", 5000));
    w.refused(put("c", 100), "LimitExceeded");
    w.refused(CreateRole { assume_role_policy_document: READ.into(), ..role("x") }, "MalformedPolicyDocument");
    let trust = |arn: &str| TRUST.replace(r#"{"Service":"ec2.amazonaws.com"}"#, &format!(r#"{{"AWS":"{arn}"}}"#));
    let by = |arn: &str| CreateRole { assume_role_policy_document: trust(arn), ..role("x") };
    w.refused(by("arn:aws:iam::000000000000:role/nobody"), "MalformedPolicyDocument");
    w.run(by("arn:aws:iam::000000000000:role/web"));
    let update = |arn: &str| UpdateAssumeRolePolicy { role_name: "x".into(), policy_document: trust(arn) };
    w.run(update("arn:aws:iam::123456789012:role/of-another-account"));
    w.refused(update("arn:aws:iam::000000000000:user/nobody"), "MalformedPolicyDocument");
}

#[test]
fn a_user_has_two_keys_that_follow_its_name() {
    let mut w = World::new();
    let id = w.run(user("bob")).id;
    let key = |n: u8, user_name: Option<&str>| CreateAccessKey {
        user_name: user_name.map(Into::into),
        access_key_id: AccessKeyId::long_term([n; 10]),
        secret_access_key: Secret::access_key([n; 30]),
    };
    let one = w.run(key(1, Some("bob")));
    w.run(key(2, Some("bob")));
    w.run(key(3, None));
    w.refused(key(4, Some("bob")), "LimitExceeded");
    w.refused(key(4, Some("eve")), "NoSuchEntity");
    w.refused(DeleteUser { user_name: "bob".into() }, "DeleteConflict");
    w.run(UpdateUser { user_name: "bob".into(), new_user_name: Some("Rob".into()), new_path: Some("/x/".into()) });
    let account = w.cloud().home.account.clone();
    let keys = w.cloud().access_keys_of(&account, Some(&id));
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0].principal.arn(&account), "arn:aws:iam::000000000000:user/x/Rob");
    let status = |user_name: Option<&str>| UpdateAccessKey {
        user_name: user_name.map(Into::into),
        access_key_id: one.access_key_id.clone(),
        active: false,
    };
    w.refused(status(None), "NoSuchEntity");
    w.run(status(Some("rob")));
    assert!(!w.cloud().credentials[&one.access_key_id].active);
    for n in [1, 2] {
        let access_key_id = AccessKeyId::long_term([n; 10]);
        w.run(DeleteAccessKey { user_name: Some("rob".into()), access_key_id });
    }
    w.run(DeleteUser { user_name: "rob".into() });
    assert_eq!(w.cloud().access_keys_of(&account, None).len(), 1);
}

#[test]
fn a_session_ends_and_says_whose_it_is() {
    let mut w = World::new();
    let made = w.run(CreateRole { max_session_duration: Some(7200), path: Some("/ops/".into()), ..role("deploy") });
    let session = w.run(assume(&made.arn(), Some(7200), 1));
    assert_eq!(session.session.unwrap().expires, w.context.now + 7200);
    let account = w.cloud().home.account.clone();
    assert_eq!(session.principal.arn(&account), "arn:aws:sts::000000000000:assumed-role/deploy/deploy");
    assert_eq!(session.principal.user_id(&account), format!("{}:deploy", made.id));
    let used = w.cloud().iam_role(&account, "deploy").unwrap().last_used.clone().unwrap();
    assert_eq!((used.at, used.region.as_str()), (w.context.now, "us-east-1"));
    w.refused(assume(&made.arn(), Some(7201), 2), "ValidationError");
    w.refused(assume(&made.arn(), Some(899), 2), "ValidationError");
    w.refused(assume("arn:aws:iam::000000000000:role/deploy", None, 2), "AccessDenied");
    w.refused(assume("arn:aws:iam::000000000000:user/deploy", None, 2), "ValidationError");
    let chained = AssumeRole { caller: session.principal.clone(), ..assume(&made.arn(), Some(3601), 2) };
    w.refused(chained, "ValidationError");
    let token = |caller_is_temporary, seconds| GetSessionToken {
        duration_seconds: seconds,
        caller: Principal::Root,
        caller_is_temporary,
        access_key_id: AccessKeyId::temporary([3; 10]),
        secret_access_key: Secret::access_key([3; 30]),
        session_token: Secret::session_token([3; 96]),
    };
    w.refused(token(true, None), "AccessDenied");
    assert_eq!(w.run(token(false, Some(100_000))).session.unwrap().expires, w.context.now + 3600);
}

#[test]
fn another_account_has_its_own() {
    let mut w = World::new();
    let arn = w.run(role("web")).arn();
    let home = w.context.scope.clone();
    w.context.scope = "123456789012/eu-west-1".parse().unwrap();
    w.refused(DeleteRole { role_name: "web".into() }, "NoSuchEntity");
    let other = w.run(role("web")).arn();
    assert_eq!(other, "arn:aws:iam::123456789012:role/web");
    let session = w.run(assume(&arn, None, 1));
    assert_eq!(session.account, home.account, "a role may be of another account than its caller");
    w.context.scope.region = "us-west-2".parse().unwrap();
    w.run(DeleteRole { role_name: "web".into() });
    assert!(w.cloud().iam_role(&home.account, "web").is_ok());
}

#[test]
fn tags_differ_in_more_than_case() {
    let mut w = World::new();
    let tags = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect::<Tags>();
    w.run(CreateRole { tags: tags(&[("Team", "a")]), ..role("web") });
    w.refused(CreateRole { tags: tags(&[("Team", "a"), ("team", "b")]), ..role("x") }, "InvalidInput");
    w.run(TagRole { role_name: "web".into(), tags: tags(&[("team", "b"), ("x", "")]) });
    let account = w.cloud().home.account.clone();
    assert_eq!(w.cloud().iam_role(&account, "web").unwrap().tags, tags(&[("team", "b"), ("x", "")]));
    w.run(UntagRole { role_name: "web".into(), tag_keys: vec!["TEAM".into(), "none".into()] });
    assert_eq!(w.cloud().iam_role(&account, "web").unwrap().tags, tags(&[("x", "")]));
    let many: Tags = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
    w.refused(TagRole { role_name: "web".into(), tags: many }, "LimitExceeded");
    w.refused(TagRole { role_name: "web".into(), tags: tags(&[("aws:x", "")]) }, "InvalidInput");
    w.refused(TagRole { role_name: "web".into(), tags: tags(&[("a{b", "")]) }, "ValidationError");
}

#[test]
fn only_the_service_changes_its_role() {
    let mut w = World::new();
    let create = |service: &str, suffix: Option<&str>| CreateServiceLinkedRole {
        aws_service_name: service.into(),
        description: None,
        custom_suffix: suffix.map(Into::into),
    };
    let made = w.run(create("autoscaling.amazonaws.com", Some("web")));
    assert_eq!(
        made.arn(),
        "arn:aws:iam::000000000000:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_web"
    );
    w.refused(create("autoscaling.amazonaws.com", Some("web")), "InvalidInput");
    w.refused(create("ecs.amazonaws.com", Some("web")), "InvalidInput");
    w.refused(create("moon.amazonaws.com", None), "UnsupportedOperation");
    w.refused(attach(&made.name, SSM), "UnmodifiableEntity");
    w.refused(DeleteRole { role_name: made.name.clone() }, "UnmodifiableEntity");
    w.run(role("web"));
    w.refused(DeleteServiceLinkedRole { role_name: "web".into() }, "NoSuchEntity");
    let task = w.run(DeleteServiceLinkedRole { role_name: made.name.clone() });
    assert!(task.starts_with("task/aws-service-role/autoscaling.amazonaws.com/"), "{task}");
    let account = w.cloud().home.account.clone();
    assert!(w.cloud().deleted_service_linked_role(&account, &task));
    assert!(!w.cloud().deleted_service_linked_role(&"123456789012".parse().unwrap(), &task));
    w.refused(DeleteServiceLinkedRole { role_name: made.name }, "NoSuchEntity");
}
