use super::assembly;
use super::parameters::parse;
use super::*;
use std::fs;

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

const TEMPLATE: &str = "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n";

#[test]
fn a_stack_is_named_after_its_file() {
    for (path, name) in [
        ("/a/shop.yaml", "shop"),
        ("/a/three-tier/template.yaml", "three-tier"),
        ("/a/three-tier/main.yml", "three-tier"),
        ("/a/my_net.v2.json", "my-net-v2"),
        ("/a/Shop.template.json", "Shop"),
        ("/a/3tier.yml", "stack-3tier"),
    ] {
        assert_eq!(stack_name_of(Path::new(path)), name);
    }
}

#[test]
fn large_and_binary_files_are_refused_before_they_are_read_as_templates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    fs::write(&path, vec![b' '; 5 << 20]).unwrap();
    assert!(read(&path).unwrap_err().message.contains("1048576"));
    fs::write(&path, b"\x7fELF\xff\xfe").unwrap();
    assert!(read(&path).unwrap_err().message.contains("UTF-8"));
    assert!(read(folder.path().join("absent").as_path()).is_err());
}

#[test]
fn a_folder_with_one_template_gives_it() {
    for name in ["template.yaml", "net.template.json", "cloudformation.yml", "main.yaml", "shop.yaml", "old.template"] {
        let folder = tempfile::tempdir().unwrap();
        let json = "{\"Resources\": {}}";
        let path = write(folder.path(), name, if name.ends_with("json") { json } else { TEMPLATE });
        write(folder.path(), "package.json", "{\"name\": \"Resources\"}");
        write(folder.path(), "values.yaml", "Resource: 1\nother:\n  Resources: 2\n");
        assert_eq!(find(folder.path()).unwrap(), Source::Template(path), "{name}");
    }
}

#[test]
fn several_templates_are_listed_and_none_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    assert!(find(folder.path()).unwrap_err().message.contains("no template here"));
    write(folder.path(), "a.yaml", TEMPLATE);
    write(folder.path(), "b.yaml", TEMPLATE);
    let message = find(folder.path()).unwrap_err().message;
    assert!(message.contains("a.yaml") && message.contains("b.yaml"), "{message}");
    // A name that says what it is goes before looks.
    let path = write(folder.path(), "template.yaml", TEMPLATE);
    assert_eq!(find(folder.path()).unwrap(), Source::Template(path));
}

const MANIFEST: &str = r#"{"version": "38.0.1", "artifacts": {
    "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
    "App": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "App.template.json", "parameters": {"Size": "2"}, "tags": {"team": "x"}},
        "dependencies": ["Net", "App.assets"]},
    "Net": {"type": "aws:cloudformation:stack",
        "properties": {"templateFile": "Net.template.json", "stackName": "shop-net", "validateOnSynth": false}},
    "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    "assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
}}"#;

#[test]
fn a_synthesised_application_gives_its_stacks_in_the_order_of_their_needs() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "cdk.out/manifest.json", MANIFEST);
    let inner = r#"{"artifacts": {"ProdDb": {"type": "aws:cloudformation:stack",
        "properties": {"templateFile": "ProdDb.template.json"}}}}"#;
    write(folder.path(), "cdk.out/assembly-Prod/manifest.json", inner);
    let found = find(folder.path()).unwrap();
    // The output's own folder may be named as well.
    assert_eq!(found, find(&folder.path().join("cdk.out")).unwrap());
    let names = |chosen: Vec<Chosen>| chosen.into_iter().map(|c| c.stack_name).collect::<Vec<_>>();
    assert_eq!(names(found.clone().choose(None, true).unwrap()), ["shop-net", "App", "ProdDb"]);
    let app = found.clone().choose(Some("App"), false).unwrap().remove(0);
    assert_eq!((app.parameters["Size"].as_str(), app.tags["team"].as_str()), ("2", "x"));
    assert!(app.file.ends_with("cdk.out/App.template.json"));
    // By its id in the application too.
    assert_eq!(names(found.clone().choose(Some("Net"), false).unwrap()), ["shop-net"]);
    let several = found.clone().choose(None, false).unwrap_err().message;
    assert!(several.contains("--all") && several.contains("shop-net"), "{several}");
    assert!(found.choose(Some("Nope"), false).unwrap_err().message.contains("has no stack Nope"));
}

#[test]
fn a_manifest_leads_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["../x.json", "/etc/passwd", ""] {
        let text = format!(
            r#"{{"artifacts": {{"A": {{"type": "aws:cloudformation:stack", "properties": {{"templateFile": {file:?}}}}}}}}}"#
        );
        write(folder.path(), "manifest.json", &text);
        assert!(assembly::stacks(folder.path()).unwrap_err().message.contains("is not in this folder"), "{file}");
    }
    let own = r#"{"artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}}"#;
    write(folder.path(), "manifest.json", own);
    assert!(assembly::stacks(folder.path()).is_err());
    write(folder.path(), "manifest.json", "{\"name\": \"a web page\"}");
    assert!(!assembly::is_assembly(folder.path()));
}

#[test]
fn parameters_in_every_form_people_have_them() {
    let expected = BTreeMap::from([("A".to_string(), "1".to_string()), ("B".to_string(), "x=y,z".to_string())]);
    for text in [
        r#"[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x=y,z"},
            {"ParameterKey": "C", "UsePreviousValue": true}]"#,
        r#"["A=1", "B=x=y,z"]"#,
        r#"{"Parameters": {"A": "1", "B": ["x=y", "z"]}}"#,
        r#"{"A": 1, "B": "x=y,z"}"#,
        "# mine\nA=1\n\nB=\"x=y,z\"\r\n",
    ] {
        assert_eq!(parse(text), Ok(expected.clone()), "{text}");
    }
    for (text, error) in [
        ("A=1\nB", "line 2"),
        ("[{\"ParameterKey\": \"A\"}]", "A takes either"),
        ("[{\"ParameterName\": \"A\"}]", "ParameterName"),
        ("{\"A\": {\"B\": 1}}", "A is neither"),
        ("[1, 2", "EOF"),
    ] {
        let said = parse(text).unwrap_err();
        assert!(said.contains(error), "{text}: {said}");
    }
}
