//! Folders that stand for buckets of templates: what a URL of a template leads to, where the operator has said so.

/// How templates of nested stacks are named and sent along.
pub use croft_cloudformation::stack::nested;

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// All URLs that begin so lead into the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateBucket {
    /// Such as `https://s3.amazonaws.com/templates`.
    pub url: String,
    pub folder: PathBuf,
}

/// The most that a template may have, as on AWS from a bucket.
const LARGEST: u64 = 1 << 20;

/// The template that a URL leads to; else why there is none. Nothing outside the folders is ever opened.
pub fn read(buckets: &[TemplateBucket], url: &str) -> Result<String, String> {
    let inside = |bucket: &TemplateBucket| {
        let rest = url.strip_prefix(bucket.url.trim_end_matches('/'))?.strip_prefix('/')?;
        // What is asked of a bucket besides the object, such as its version, is not known here.
        (!rest.contains(['?', '#'])).then(|| (bucket.folder.clone(), rest.to_string()))
    };
    let Some((folder, rest)) = buckets.iter().find_map(inside) else {
        return Err(format!("{url} leads nowhere from here: map it to a folder with --template-bucket URL=DIR"));
    };
    let missing = || format!("{url} leads to no template: there is no {rest} in the folder that it is mapped to");
    if !Path::new(&rest).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(missing());
    }
    let folder = folder.canonicalize().map_err(|_| missing())?;
    // A link may lead out of the folder.
    let path = folder.join(&rest).canonicalize().map_err(|_| missing())?;
    if !path.starts_with(&folder) || !path.is_file() {
        return Err(missing());
    }
    let mut text = String::new();
    let file = File::open(&path).map_err(|_| missing())?;
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    match read {
        Ok(length) if length as u64 <= LARGEST => Ok(text),
        Ok(_) => Err(format!("{url}: a template has at most {LARGEST} bytes")),
        Err(error) => Err(format!("{url}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_the_folder_is_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("bucket");
        std::fs::create_dir_all(folder.join("net")).unwrap();
        std::fs::write(folder.join("net/vpc.yaml"), "Resources: {}").unwrap();
        std::fs::write(home.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink("../secret", folder.join("link")).unwrap();
        std::fs::write(folder.join("large"), vec![b' '; (1 << 20) + 1]).unwrap();
        let buckets = [TemplateBucket { url: "https://s3.amazonaws.com/t/".into(), folder }];
        let get = |rest: &str| read(&buckets, &format!("https://s3.amazonaws.com/{rest}"));
        assert_eq!(get("t/net/vpc.yaml").unwrap(), "Resources: {}");
        for rest in ["t/../secret", "t/link", "t/net", "t/", "t", "other/net/vpc.yaml", "t//etc/passwd", "t/net/./x"] {
            assert!(get(rest).is_err(), "{rest}");
        }
        assert!(get("t/large").unwrap_err().contains("1048576"));
    }
}
