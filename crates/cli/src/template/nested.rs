//! Templates of nested stacks, read here: the daemon opens no file for whoever asks it.

use super::read;
use crate::failure::Failure;
use croft_daemon::template_bucket::{TemplateBucket, nested};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The property that names the template of a nested stack.
const PROPERTY: &str = "TemplateURL";
/// What all of them may have together, and the most of them: a request is one line.
const MOST_BYTES: usize = 2 << 20;
const MOST_FILES: usize = 200;
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "template"];

/// Every template that a template names by a path, and what those name, by their paths from its folder; and every
/// template in the buckets' folders, by its URL.
pub fn nested(file: &Path, text: &str, buckets: &[TemplateBucket]) -> Result<BTreeMap<String, String>, Failure> {
    let mut found: BTreeMap<String, (PathBuf, String)> = BTreeMap::new();
    for bucket in buckets {
        in_bucket(bucket, &bucket.folder, &mut found)?;
    }
    let mut open = vec![(file.to_path_buf(), String::new(), text.to_string())];
    // Those of buckets name others by paths too.
    open.extend(found.values().map(|(path, text)| (path.clone(), String::new(), text.clone())));
    while let Some((file, at, text)) = open.pop() {
        let folder = file.parent().unwrap_or(Path::new(""));
        for name in names(&text) {
            let Some(path) = nested::path(&name) else { continue };
            let key = nested::joined(&at, &path);
            let path = folder.join(path);
            let path = std::fs::canonicalize(&path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
            match found.get(&key) {
                Some((known, _)) if *known == path => continue,
                Some((known, _)) => {
                    return Err(Failure::new(format!(
                        "{PROPERTY} {name} is {} and {}: give them different names",
                        known.display(),
                        path.display()
                    )));
                }
                None => {}
            }
            let text = read(&path)?;
            take(&mut found, key.clone(), path.clone(), text.clone())?;
            open.push((path, key, text));
        }
    }
    Ok(found.into_iter().map(|(name, (_, text))| (name, text)).collect())
}

fn take(
    found: &mut BTreeMap<String, (PathBuf, String)>,
    name: String,
    path: PathBuf,
    text: String,
) -> Result<(), Failure> {
    let bytes: usize = found.values().map(|(_, text)| text.len()).sum();
    if found.len() >= MOST_FILES || bytes + text.len() > MOST_BYTES {
        return Err(Failure::new(format!(
            "{}: too many nested templates: {MOST_FILES} files and {MOST_BYTES} bytes are the most. Map a smaller folder, or start the daemon with --template-bucket",
            path.display()
        )));
    }
    found.insert(name, (path, text));
    Ok(())
}

fn in_bucket(
    bucket: &TemplateBucket,
    folder: &Path,
    found: &mut BTreeMap<String, (PathBuf, String)>,
) -> Result<(), Failure> {
    let fail = |e: std::io::Error| Failure::new(format!("{}: {e}", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(fail)?;
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        // A link leads who knows where, and maybe in a circle.
        let kind = std::fs::symlink_metadata(&path).map_err(fail)?.file_type();
        if kind.is_dir() {
            in_bucket(bucket, &path, found)?;
        } else if kind.is_file() && ENDINGS.contains(&ending.as_str()) {
            let key = path.strip_prefix(&bucket.folder).unwrap_or(&path).display().to_string();
            let text = read(&path)?;
            take(found, format!("{}/{key}", bucket.url), path, text)?;
        }
    }
    Ok(())
}

/// The texts that the property has in a template. Functions are left to the daemon.
fn names(text: &str) -> Vec<String> {
    let values = text.split(PROPERTY).skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
        let value = rest.strip_prefix(':')?.trim_start_matches([' ', '\t']);
        let value = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next()?,
            '!' | '{' | '\r' | '\n' | '|' | '>' => return None,
            _ => value.split(['\n', '\r', '#', ',', '}']).next()?.trim(),
        };
        (!value.is_empty()).then(|| value.to_string())
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_property_is_found_in_yaml_and_json() {
        let yaml = "      TemplateURL: net.yaml # here\n      TemplateURL: 'a b.yaml'\n  TemplateURL: !Sub x\n";
        assert_eq!(names(yaml), ["net.yaml", "a b.yaml"]);
        let json = "{\"TemplateURL\": \"https://b/x.json\", \"TemplateURL\":{\"Ref\":\"A\"}, {TemplateURL: y.json}}";
        assert_eq!(names(json), ["https://b/x.json", "y.json"]);
    }

    #[test]
    fn templates_are_read_by_paths_and_from_buckets() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        let root = write("root.yaml", "TemplateURL: net/a.yaml\nTemplateURL: https://bucket/x/c.yaml\n");
        write("net/a.yaml", "TemplateURL: file:./b.yaml\n");
        write("net/b.yaml", "Resources: {}\n");
        write("bucket/x/c.yaml", "in the bucket");
        let text = std::fs::read_to_string(&root).unwrap();
        let bucket = TemplateBucket { url: "https://bucket".into(), folder: folder.path().join("bucket") };
        let found = nested(&root, &text, &[bucket]).unwrap();
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["https://bucket/x/c.yaml", "net/a.yaml", "net/b.yaml"]);
        assert_eq!(found["https://bucket/x/c.yaml"], "in the bucket");

        // The same text for two files in two folders.
        write("net/b.yaml", "TemplateURL: net/a.yaml\n");
        write("net/net/a.yaml", "Resources: {}\n");
        let found = nested(&root, &text, &[]).unwrap();
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["net/a.yaml", "net/b.yaml", "net/net/a.yaml"]);
        assert!(nested(&root, "TemplateURL: absent.yaml", &[]).unwrap_err().message.contains("absent.yaml"));
    }

    #[test]
    fn a_folder_that_is_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=MOST_FILES {
            std::fs::write(folder.path().join(format!("{number}.yaml")), "Resources: {}").unwrap();
        }
        let bucket = TemplateBucket { url: "s3://b".into(), folder: folder.path().into() };
        assert!(nested(Path::new("t.yaml"), "", &[bucket]).unwrap_err().message.contains("too many nested templates"));
    }
}
