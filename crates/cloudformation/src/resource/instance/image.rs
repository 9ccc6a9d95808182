//! The image that a launch names.

use crate::language::public_image;
use croft_model::image;
use serde_json::{Map, Value as Json};

/// Why a launch of these parameters finds no image, and what to do. None: it names one, or that is not known yet.
pub fn unknown(parameters: &Map<String, Json>) -> Option<String> {
    let id = parameters.get("ImageId")?.as_str()?;
    image::of(id).is_none().then(|| {
        format!(
            "there is no image {id} here; let AWS's name find one, such as {{{{resolve:ssm:{}}}}}, or take an identifier that `aws ec2 describe-images` lists",
            public_image::EXAMPLES[0]
        )
    })
}
