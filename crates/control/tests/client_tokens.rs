//! A request under a client token is done once in a day.

use croft_control::*;
use croft_model::Scope;

fn vpc(token: &str, parameters: &str) -> Idempotent {
    Idempotent {
        operation: "AllocateAddress".into(),
        token: token.into(),
        parameters: parameters.into(),
        command: Box::new(CreateDefaultVpc {}.into()),
    }
}

struct World {
    control: Control,
    context: Context,
}

impl World {
    fn new() -> World {
        let context = Context { scope: Scope::default(), now: 1_700_000_000, bits: Bits::from_seed(1) };
        World { control: Control::new(Cloud::new(Scope::default())), context }
    }

    fn run(&mut self, request: Idempotent) -> Result<Box<Response>> {
        let done = self.control.run(request, &mut self.context);
        assert_eq!(check(self.control.cloud()), Vec::<String>::new());
        done
    }
}

#[test]
fn the_second_is_answered_like_the_first() {
    let mut world = World::new();
    let first = world.run(vpc("a", "p")).unwrap();
    let version = world.control.cloud().version;
    assert_eq!(world.run(vpc("a", "p")).unwrap(), first);
    assert_eq!(world.control.cloud().version, version, "the second changed something");
    assert_eq!(world.run(vpc("a", "q")).unwrap_err().code, "IdempotentParameterMismatch");
    assert_eq!(world.run(vpc("b", "p")).unwrap_err().code, "DefaultVpcAlreadyExists");
}

#[test]
fn scopes_and_operations_are_apart() {
    let mut world = World::new();
    world.run(vpc("a", "p")).unwrap();
    let other = Idempotent { operation: "CreateDefaultVpc".into(), ..vpc("a", "p") };
    assert_eq!(world.run(other).unwrap_err().code, "DefaultVpcAlreadyExists");
    world.context.scope = Scope::new("111111111111", "us-east-1").unwrap();
    world.run(vpc("a", "q")).unwrap();
}

#[test]
fn a_token_survives_a_restart_and_is_forgotten_after_a_day() {
    let mut world = World::new();
    let first = world.run(vpc("a", "p")).unwrap();
    let mut kept = Cloud::default();
    kept.replay(world.control.cloud().version, Cloud::default().changes_to(world.control.cloud()));
    world.control = Control::new(kept);
    world.context.now += 24 * 60 * 60;
    assert_eq!(world.run(vpc("a", "p")).unwrap(), first);
    world.context.now += 1;
    assert_eq!(world.run(vpc("a", "p")).unwrap_err().code, "DefaultVpcAlreadyExists");
}

#[test]
fn a_refused_request_leaves_no_token() {
    let mut world = World::new();
    world.run(vpc("a", "p")).unwrap();
    assert_eq!(world.run(vpc("b", "p")).unwrap_err().code, "DefaultVpcAlreadyExists");
    assert_eq!(world.control.cloud().client_tokens.len(), 1);
}

#[test]
fn tokens_have_bounds() {
    let mut world = World::new();
    for token in ["", "é", &"x".repeat(65)] {
        assert_eq!(world.run(vpc(token, "p")).unwrap_err().code, "InvalidClientToken");
    }
}
