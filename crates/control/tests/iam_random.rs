//! Random commands on identities from a seed: nothing dangles, a refusal changes nothing, and whoever replays the
//! changes has the same cloud.

use croft_control::*;
use croft_model::credential::{AccessKeyId, Principal, Secret};
use croft_model::{Scope, Tags};
use std::collections::{BTreeMap, BTreeSet};

const SEEDS: u64 = 8;
const COMMANDS: usize = 1500;
const OPERATIONS: u64 = 38;

struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    fn name(&mut self) -> String {
        self.one(&["a", "b", "B", "c", "AWSServiceRoleForECS", "x{y"]).into()
    }

    fn arn(&mut self) -> String {
        let all = [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::000000000000:policy/a",
            "arn:aws:iam::000000000000:policy/b",
            "arn:aws:iam::000000000000:policy/p/c",
            "arn:aws:iam::123456789012:policy/a",
        ];
        self.one(&all).into()
    }

    fn path(&mut self) -> Option<String> {
        (self.below(3) == 0).then(|| self.one(&["/p/", "/", "p"]).into())
    }

    fn boundary(&mut self) -> Option<String> {
        (self.below(3) == 0).then(|| self.arn())
    }

    fn tags(&mut self) -> Tags {
        (0..self.below(3)).map(|_| (self.name(), self.name())).collect()
    }

    fn document(&mut self) -> String {
        let all = [
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
            r#"{"Statement":[{"Effect":"Deny","NotAction":"s3:*","Resource":"arn:aws:s3:::b/*"}]}"#,
            r#"{"Statement":[]}"#,
        ];
        self.one(&all).into()
    }

    fn trust(&mut self) -> String {
        let principal = self.one(&[
            r#"{"Service":"ec2.amazonaws.com"}"#,
            r#"{"AWS":"arn:aws:iam::000000000000:user/a"}"#,
            r#"{"AWS":"arn:aws:iam::000000000000:root"}"#,
        ]);
        format!(r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal}}}}}"#)
    }

    fn version(&mut self) -> String {
        self.one(&["v1", "v2", "v3", "v4"]).into()
    }

    fn key(&mut self) -> AccessKeyId {
        AccessKeyId::long_term([self.below(12) as u8; 10])
    }

    fn holder(&mut self) -> Option<String> {
        (self.below(4) > 0).then(|| self.name())
    }

    fn command(&mut self) -> Command {
        let secret = Secret::access_key([1; 30]);
        let session_token = Secret::session_token([1; 96]);
        let random = [self.below(250) as u8; 10];
        let (user_name, role_name, policy_name) = (self.name(), self.name(), self.name());
        let (policy_arn, instance_profile_name, tags) = (self.arn(), self.name(), self.tags());
        let (path, permissions_boundary, policy_document) = (self.path(), self.boundary(), self.document());
        let tag_keys = vec![self.name()];
        match self.below(OPERATIONS) {
            0 | 1 => CreateUser { user_name, path, permissions_boundary, tags }.into(),
            2 => UpdateUser { user_name, new_user_name: self.holder(), new_path: self.path() }.into(),
            3 => DeleteUser { user_name }.into(),
            4 => CreateAccessKey { user_name: self.holder(), access_key_id: self.key(), secret_access_key: secret }
                .into(),
            5 => UpdateAccessKey { user_name: self.holder(), access_key_id: self.key(), active: self.below(2) == 0 }
                .into(),
            6 => DeleteAccessKey { user_name: self.holder(), access_key_id: self.key() }.into(),
            7 | 8 => CreateRole {
                role_name,
                path,
                assume_role_policy_document: self.trust(),
                description: self.holder(),
                max_session_duration: (self.below(3) == 0).then(|| 3000 + self.below(45_000) as u32),
                permissions_boundary,
                tags,
            }
            .into(),
            9 => UpdateRole { role_name, description: self.holder(), max_session_duration: Some(7200) }.into(),
            10 => UpdateAssumeRolePolicy { role_name, policy_document: self.trust() }.into(),
            11 => DeleteRole { role_name }.into(),
            12 => {
                let aws_service_name = self.one(&["ecs.amazonaws.com", "autoscaling.amazonaws.com"]).into();
                CreateServiceLinkedRole { aws_service_name, description: None, custom_suffix: None }.into()
            }
            13 => DeleteServiceLinkedRole { role_name }.into(),
            14 | 15 => CreatePolicy { policy_name, path, policy_document, description: self.holder(), tags }.into(),
            16 => DeletePolicy { policy_arn }.into(),
            17 => CreatePolicyVersion { policy_arn, policy_document, set_as_default: self.below(2) == 0 }.into(),
            18 => SetDefaultPolicyVersion { policy_arn, version_id: self.version() }.into(),
            19 => DeletePolicyVersion { policy_arn, version_id: self.version() }.into(),
            20 => AttachUserPolicy { user_name, policy_arn }.into(),
            21 => DetachUserPolicy { user_name, policy_arn }.into(),
            22 => AttachRolePolicy { role_name, policy_arn }.into(),
            23 => DetachRolePolicy { role_name, policy_arn }.into(),
            24 => PutUserPolicy { user_name, policy_name, policy_document }.into(),
            25 => DeleteUserPolicy { user_name, policy_name }.into(),
            26 => PutRolePolicy { role_name, policy_name, policy_document }.into(),
            27 => DeleteRolePolicy { role_name, policy_name }.into(),
            28 => PutUserPermissionsBoundary { user_name, permissions_boundary: policy_arn }.into(),
            29 => DeleteUserPermissionsBoundary { user_name }.into(),
            30 => PutRolePermissionsBoundary { role_name, permissions_boundary: policy_arn }.into(),
            31 => DeleteRolePermissionsBoundary { role_name }.into(),
            32 => CreateInstanceProfile { instance_profile_name, path, tags }.into(),
            33 => AddRoleToInstanceProfile { instance_profile_name, role_name }.into(),
            34 => RemoveRoleFromInstanceProfile { instance_profile_name, role_name }.into(),
            35 => DeleteInstanceProfile { instance_profile_name }.into(),
            36 => match self.below(8) {
                0 => TagUser { user_name, tags }.into(),
                1 => UntagUser { user_name, tag_keys }.into(),
                2 => TagRole { role_name, tags }.into(),
                3 => UntagRole { role_name, tag_keys }.into(),
                4 => TagPolicy { policy_arn, tags }.into(),
                5 => UntagPolicy { policy_arn, tag_keys }.into(),
                6 => TagInstanceProfile { instance_profile_name, tags }.into(),
                _ => UntagInstanceProfile { instance_profile_name, tag_keys }.into(),
            },
            _ => match self.below(2) {
                0 => AssumeRole {
                    role_arn: self
                        .one(&["arn:aws:iam::000000000000:role/a", "arn:aws:iam::000000000000:role/p/b"])
                        .into(),
                    role_session_name: "s1".into(),
                    duration_seconds: None,
                    policy: None,
                    policy_arns: vec![],
                    caller: Principal::Root,
                    access_key_id: AccessKeyId::temporary(random),
                    secret_access_key: secret,
                    session_token,
                }
                .into(),
                _ => GetSessionToken {
                    duration_seconds: Some(900),
                    caller: Principal::Root,
                    caller_is_temporary: self.below(4) == 0,
                    access_key_id: AccessKeyId::temporary(random),
                    secret_access_key: secret,
                    session_token,
                }
                .into(),
            },
        }
    }
}

#[test]
fn random_commands_leave_nothing_dangling() {
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut drawn: BTreeSet<&str> = BTreeSet::new();
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    for seed in 0..SEEDS {
        let mut draw = Draw(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1);
        let mut control = Control::new(Cloud::new(Scope::default()));
        let mut context = Context { scope: Scope::default(), now: 1_800_000_000, bits: Bits::from_seed(seed) };
        let mut replica = Cloud::default();
        replica.replay(0, Cloud::default().changes_to(control.cloud()));
        for step in 0..COMMANDS {
            let command = draw.command();
            context.now += draw.below(900);
            let place = || format!("seed {seed}, step {step}, {command:?}");
            let text = serde_json::to_string(&command).unwrap();
            assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command, "{}", place());
            drawn.insert(command.name());
            let before = control.cloud().clone();
            match control.apply(command.clone(), &mut context) {
                Err(error) => {
                    codes.insert(error.code);
                    assert!(*control.cloud() == before, "{}: {error} and something changed", place());
                }
                Ok(outcome) => {
                    *accepted.entry(command.name()).or_default() += 1;
                    let broken = check(control.cloud());
                    assert!(broken.is_empty(), "{}: {broken:#?}", place());
                    replica.replay(outcome.version, outcome.changes);
                    assert!(replica == *control.cloud(), "{}: the replica differs", place());
                }
            }
        }
        let stored: Vec<_> = Cloud::default().changes_to(control.cloud());
        for change in &stored {
            if let Change::Put(resource) = change {
                let back = Resource::from_json(resource.kind(), &resource.to_json().unwrap()).unwrap();
                assert_eq!(back, *resource);
            }
        }
    }
    let never: Vec<_> = drawn.iter().filter(|name| !accepted.contains_key(*name)).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
    for code in [
        "AccessDenied",
        "DeleteConflict",
        "EntityAlreadyExists",
        "InvalidInput",
        "LimitExceeded",
        "MalformedPolicyDocument",
        "NoSuchEntity",
        "UnmodifiableEntity",
        "ValidationError",
    ] {
        assert!(codes.contains(code), "{code} was not met: {codes:?}");
    }
}
