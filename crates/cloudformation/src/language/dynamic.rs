//! Dynamic references in texts: `{{resolve:ssm:…}}` of a public parameter that names an image is worked out, every
//! other one is refused by name.

use super::diagnostic::{Position, Report};
use super::public_image;

const OPEN: &str = "{{resolve:";
const CLOSE: &str = "}}";

/// Services that hold values which are not kept here.
const REFUSED: &[(&str, &str)] =
    &[("secretsmanager", "there is no Secrets Manager here"), ("ssm-secure", "there is no Parameter Store here")];

/// Reports what can be seen to be refused before names are worked out.
pub fn check(text: &str, at: Position, report: &mut Report) {
    for (start, _) in text.match_indices(OPEN) {
        let rest = &text[start + OPEN.len()..];
        if let Some((service, why)) = REFUSED.iter().find(|(s, _)| rest.starts_with(&format!("{s}:"))) {
            let what = format!("dynamic references to {service} ({OPEN}{service}:…{CLOSE}) are not supported");
            report.advise(at, what, format!("{why}: hand the value in as a parameter with NoEcho"));
        }
    }
}

/// The text with every reference worked out. None: one cannot be, which is reported.
pub fn resolve(text: &str, at: Position, report: &mut Report) -> Option<String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        whole.push_str(&rest[..start]);
        let inner = &rest[start + OPEN.len()..];
        let Some(end) = inner.find(CLOSE) else {
            report.advise(at, format!("{OPEN} is not closed"), format!("close it with {CLOSE}"));
            return None;
        };
        whole.push_str(one(&inner[..end], at, report)?);
        rest = &inner[end + CLOSE.len()..];
    }
    whole.push_str(rest);
    Some(whole)
}

fn one(reference: &str, at: Position, report: &mut Report) -> Option<&'static str> {
    let (service, key) = reference.split_once(':').unwrap_or((reference, ""));
    if service != "ssm" {
        let why = REFUSED.iter().find(|(name, _)| *name == service).map(|(_, why)| *why);
        let what = format!("the dynamic reference {OPEN}{reference}{CLOSE} is not supported");
        let advice = match why {
            Some(why) => format!("{why}: hand the value in as a parameter with NoEcho"),
            None => "ssm is the service that is known".to_string(),
        };
        report.advise(at, what, advice);
        return None;
    }
    let (name, version) = key.split_once(':').map_or((key, None), |(name, version)| (name, Some(version)));
    if let Some(version) = version {
        let what = format!("version {version} of {name} is not known");
        report.advise(at, what, "a public parameter is known in its newest version only: leave the version out");
        return None;
    }
    let found = public_image::of(name);
    if found.is_none() {
        report.advise(at, format!("the parameter {name} of the Parameter Store is not known"), only_images());
    }
    found
}

/// What to say where a parameter is none that names an image.
pub fn only_images() -> String {
    format!(
        "only AWS's public names of images are, such as {}; hand any other value in as a parameter",
        public_image::EXAMPLES[0]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_inside_a_text_is_worked_out() {
        let mut report = Report::default();
        let image = public_image::of(public_image::EXAMPLES[0]).expect("known");
        let text = format!("a {{{{resolve:ssm:{}}}}} b {{{{", public_image::EXAMPLES[0]);
        assert_eq!(resolve(&text, Position::default(), &mut report), Some(format!("a {image} b {{{{")));
        assert!(report.is_empty());
        for refused in [
            "{{resolve:ssm:/app}}",
            "{{resolve:ssm:/app",
            "{{resolve:x:y}}",
            "{{resolve:}}",
            "{{resolve:ssm-secure:a:1}}",
        ] {
            let mut report = Report::default();
            assert_eq!(resolve(refused, Position::default(), &mut report), None, "{refused}");
            assert!(!report.is_empty(), "{refused}");
        }
    }
}
