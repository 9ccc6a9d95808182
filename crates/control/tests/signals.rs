//! Signals that stacks wait for (row CFN-1).

use croft_control::*;
use croft_model::Scope;
use croft_model::stack::{Stack, StackResource, StackSignals, StackVersion, Status};

struct World {
    control: Control,
    context: Context,
    stack: Stack,
}

fn world() -> World {
    let scope = Scope::default();
    let mut control = Control::new(Cloud::new(scope.clone()));
    let mut context = Context { scope: scope.clone(), now: 7, bits: Bits::from_seed(1) };
    let stack = Stack::new(&scope, "web", "u", Status::CreateInProgress, StackVersion::default(), 0);
    control.run(PutStack { stack: stack.clone() }, &mut context).expect("the stack is there");
    World { control, context, stack }
}

impl World {
    fn run<R: Request>(&mut self, request: R) -> Result<R::Response> {
        let result = self.control.run(request, &mut self.context);
        assert_eq!(check(self.control.cloud()), Vec::<String>::new());
        result
    }

    fn open(&mut self, key: &str) -> Result<()> {
        let (stack_id, logical_id) = (self.stack.id.clone(), "H".to_string());
        self.run(OpenStackSignals { key: key.into(), stack_id, logical_id })
    }

    fn send(&mut self, key: &str, unique_id: &str, data: &str) -> Result<()> {
        let (key, unique_id, data) = (key.to_string(), unique_id.to_string(), data.to_string());
        self.run(SendStackSignal { key, unique_id, success: true, data, reason: String::new() })
    }
}

#[test]
fn cfn_1_the_first_signal_of_a_unique_id_counts() {
    let mut world = world();
    world.open("secret").expect("opened");
    assert_eq!(world.open("secret").unwrap_err().code, "ValidationError");
    world.send("secret", "a", "first").expect("told");
    world.send("secret", "a", "second").expect("told again is no error");
    world.send("secret", "b", "other").expect("told");
    let told = &world.control.cloud().stack_signals["secret"].received;
    let data: Vec<_> = told.iter().map(|(id, signal)| (id.as_str(), signal.data.as_str(), signal.time)).collect();
    assert_eq!(data, [("a", "first", 7), ("b", "other", 7)]);
    world.run(CloseStackSignals { key: "secret".into() }).expect("closed");
    assert!(world.control.cloud().stack_signals.is_empty());
    world.run(CloseStackSignals { key: "secret".into() }).expect("closed already");
}

#[test]
fn cfn_1_signals_are_bounded_and_go_to_what_waits() {
    let mut world = world();
    let unknown = world.send("guess", "a", "").unwrap_err();
    assert_eq!(unknown.message, "Nothing waits for this signal");
    world.open("secret").expect("opened");
    assert_eq!(world.send("secret", "", "").unwrap_err().message, "UniqueId of a signal is empty");
    let long = "x".repeat(LONGEST_STACK_SIGNAL + 1);
    for (id, data) in [("a", long.as_str()), (long.as_str(), "")] {
        assert_eq!(world.send("secret", id, data).unwrap_err().code, "ValidationError");
    }
    world.context.scope.account = "111111111111".parse().unwrap();
    assert!(world.send("secret", "a", "").is_err(), "another account's");
}

#[test]
fn cfn_1_a_thousand_signals_are_the_most() {
    let mut world = world();
    world.open("secret").expect("opened");
    for number in 0..MOST_STACK_SIGNALS {
        let (key, unique_id) = ("secret".to_string(), number.to_string());
        let one = SendStackSignal { key, unique_id, success: true, data: String::new(), reason: String::new() };
        world.control.run(one, &mut world.context).expect("told");
    }
    assert!(world.send("secret", "one more", "").is_err());
    world.send("secret", "0", "").expect("told already");
}

#[test]
fn cfn_1_a_resource_without_a_handle_is_told_by_its_name() {
    let mut world = world();
    let tell = |stack: &str, logical: &str| SignalStackResource {
        stack_name: stack.into(),
        logical_resource_id: logical.into(),
        unique_id: "i-1".into(),
        success: false,
    };
    assert_eq!(world.run(tell("none", "I")).unwrap_err().message, "Stack none does not exist");
    assert!(world.run(tell("web", "I")).is_err(), "there is no such resource");
    let text = r#"{"stack_id": "", "number": 1, "logical_id": "I", "type": "AWS::EC2::Instance", "physical_id": "i-1",
        "status": "CREATE_IN_PROGRESS", "status_reason": null, "properties": {}, "deletion_policy": null}"#;
    let mut resource: StackResource = serde_json::from_str(text).unwrap();
    resource.stack_id = world.stack.id.clone();
    world.run(PutStackResource { resource }).expect("made");
    let id = world.stack.id.clone();
    world.run(tell("web", "I")).expect("told");
    world.run(tell(&id, "I")).expect("told by the identifier");
    let told = world.control.cloud().signals_of(&id, "I", "i-1").expect("kept");
    assert_eq!(told.key, StackSignals::key_of(&id, "I", "i-1"));
    assert!(!told.received["i-1"].success);
    world.run(ForgetStack { stack_id: id }).expect("forgotten");
    assert!(world.control.cloud().stack_signals.is_empty());
}
