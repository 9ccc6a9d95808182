//! User data: base64 in requests, a script in the state.

use crate::error::{Error, Result};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// AWS takes it with and without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The script that user data bears. White space in it is skipped.
///
/// # Errors
/// `InvalidParameterValue` of what is not base64, `UnsupportedOperation` of what is no text.
pub fn read_user_data(text: &str) -> Result<String> {
    let text: String = text.split_ascii_whitespace().collect();
    let bytes = BASE64.decode(text).map_err(|_| Error::invalid("Invalid BASE64 encoding of user data."))?;
    String::from_utf8(bytes).map_err(|_| Error::unsupported("User data that is not text once it is decoded"))
}

/// As it was given.
pub fn user_data_text(script: &str) -> String {
    BASE64.encode(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (script, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(user_data_text(script), text);
        }
        for length in 0..50u8 {
            let script: String = (0..length).map(|i| char::from(i.wrapping_mul(37) & 0x7f)).collect();
            assert_eq!(read_user_data(&user_data_text(&script)).unwrap(), script);
        }
        assert_eq!(read_user_data("Zm9v\nYmFy").unwrap(), "foobar", "white space is skipped");
        assert_eq!(read_user_data("Zm8").unwrap(), "fo", "padding may be missing");
        for text in ["#!/bin/sh", "A"] {
            assert_eq!(read_user_data(text).unwrap_err().code, "InvalidParameterValue");
        }
        assert_eq!(read_user_data("/w==").unwrap_err().code, "UnsupportedOperation");
    }
}
