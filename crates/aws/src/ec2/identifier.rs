//! Identifiers in requests: of a known kind and of the right form, before any operation looks for what they name.

use crate::fault::Fault;
use croft_control::MALFORMED;
use serde_json::Value;

/// AWS's old and new identifiers have so many hexadecimal digits.
const LENGTHS: [usize; 2] = [8, 17];

/// Looks at every parameter that is an identifier: a text under a name that ends in `Id` or `Ids`, with the prefix of a
/// kind. One of a wrong prefix is found by the operation, which knows what kind it wants.
///
/// # Errors
/// The kind's code for a malformed identifier.
pub(crate) fn check(parameters: &Value) -> Result<(), Fault> {
    let Value::Object(fields) = parameters else { return Ok(()) };
    for (name, value) in fields {
        let named = name.ends_with("Id") || name.ends_with("Ids");
        match value {
            Value::String(text) if named => well_formed(text)?,
            Value::Array(elements) => {
                for element in elements {
                    match element {
                        Value::String(text) if named => well_formed(text)?,
                        other => check(other)?,
                    }
                }
            }
            other => check(other)?,
        }
    }
    Ok(())
}

fn well_formed(text: &str) -> Result<(), Fault> {
    let Some((prefix, digits)) = text.rsplit_once('-') else { return Ok(()) };
    let Some((_, code)) = MALFORMED.iter().find(|(known, _)| *known == prefix) else { return Ok(()) };
    let hexadecimal = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    match hexadecimal && LENGTHS.contains(&digits.len()) {
        true => Ok(()),
        false => Err(Fault::new(*code, format!("Invalid id: \"{text}\" (expecting \"{prefix}-...\")"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn digits_are_hexadecimal_and_of_two_lengths() {
        for id in ["vpc-0123456789abcdef0", "vpc-01234567", "pl-63a5400a", "eni-attach-01234567", "ami-1", "web", ""] {
            assert_eq!(check(&json!({"VpcId": id, "VpcIds": [id]})), Ok(()), "{id}");
        }
        for (id, code) in [
            ("vpc-", "InvalidVpcID.Malformed"),
            ("vpc-1", "InvalidVpcID.Malformed"),
            ("sg-0123456g", "InvalidGroupId.Malformed"),
            ("igw-0123456789ABCDEF0", "InvalidInternetGatewayId.Malformed"),
            ("nat-0123456789abcdef01", "NatGatewayMalformed"),
            ("eipalloc-1", "InvalidParameterValue"),
        ] {
            for parameters in [json!({"VpcId": id}), json!({"VpcIds": [id]}), json!({"A": [{"B": {"GroupId": id}}]})] {
                assert_eq!(check(&parameters).unwrap_err().code, code, "{parameters}");
            }
        }
        assert_eq!(check(&json!({"Values": ["vpc-1"], "Name": "vpc-1"})), Ok(()), "filters and names are none");
    }
}
