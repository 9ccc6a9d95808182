//! What a launch takes from its template: every parameter that the request has not.

use serde_json::{Map, Value};

/// The request's parameters over the template's. Structures are merged member by member, block devices by their
/// device, tags by resource type and key; any other list of the request replaces the template's.
pub fn launch_data_over(template: Map<String, Value>, request: Map<String, Value>) -> Map<String, Value> {
    let mut merged = template;
    // What it says of the template's own metadata options, not a parameter of a launch.
    if let Some(Value::Object(options)) = merged.get_mut("MetadataOptions") {
        options.remove("State");
    }
    for (name, value) in request {
        let under = merged.remove(&name);
        merged.insert(name.clone(), one(&name, under, value));
    }
    merged
}

fn one(name: &str, template: Option<Value>, request: Value) -> Value {
    match (name, template, request) {
        (_, None, request) => request,
        (_, Some(Value::Object(template)), Value::Object(request)) => {
            Value::Object(launch_data_over(template, request))
        }
        ("BlockDeviceMappings", Some(Value::Array(template)), Value::Array(request)) => {
            Value::Array(keyed(template, request, "DeviceName"))
        }
        ("TagSpecifications", Some(Value::Array(template)), Value::Array(request)) => {
            Value::Array(keyed(template, request, "ResourceType"))
        }
        ("Tags", Some(Value::Array(template)), Value::Array(request)) => Value::Array(keyed(template, request, "Key")),
        (_, Some(_), request) => request,
    }
}

/// Elements that are told apart by one of their members.
fn keyed(template: Vec<Value>, request: Vec<Value>, key: &str) -> Vec<Value> {
    let mut merged = template;
    for element in request {
        let same = merged.iter_mut().find(|other| other.get(key).is_some() && other.get(key) == element.get(key));
        match same {
            Some(other) => *other = one("", Some(std::mem::take(other)), element),
            None => merged.push(element),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(template: Value, request: Value) -> Value {
        let map = |value: Value| value.as_object().cloned().unwrap_or_default();
        Value::Object(launch_data_over(map(template), map(request)))
    }

    #[test]
    fn what_the_request_says_goes_before_the_template() {
        let template = json!({
            "ImageId": "ami-1", "InstanceType": "t3.micro", "SecurityGroupIds": ["sg-1", "sg-2"],
            "Monitoring": {"Enabled": true}, "MetadataOptions": {"State": "applied", "HttpTokens": "required"},
        });
        let request = json!({
            "InstanceType": "m5.large", "SecurityGroupIds": ["sg-3"], "MetadataOptions": {"HttpPutResponseHopLimit": 2},
        });
        let expected = json!({
            "ImageId": "ami-1", "InstanceType": "m5.large", "SecurityGroupIds": ["sg-3"],
            "Monitoring": {"Enabled": true},
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        });
        assert_eq!(merged(template, request), expected);
    }

    #[test]
    fn devices_and_tags_are_merged_by_name() {
        let template = json!({
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "Encrypted": true}}],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]}],
        });
        let request = json!({
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30}}, {"DeviceName": "/dev/sdf"}],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "b", "Value": "2"}]}, {"ResourceType": "volume"}],
        });
        let expected = json!({
            "BlockDeviceMappings": [
                {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "Encrypted": true}}, {"DeviceName": "/dev/sdf"},
            ],
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
                {"ResourceType": "volume"},
            ],
        });
        assert_eq!(merged(template, request), expected);
    }
}
