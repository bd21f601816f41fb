//! Plug-ins from elsewhere: a registry that signs, a mirror, a cache.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use super::{Answer, Work, serve};

const KEY: &str = include_str!("signed/key.asc");
const OTHER: &str = include_str!("signed/other.asc");
const SUMS: &[u8] = include_bytes!("signed/SHA256SUMS");
const SIGNATURE: &[u8] = include_bytes!("signed/SHA256SUMS.sig");
const PACKAGE: &[u8] = include_bytes!("signed/package.zip");

/// What a registry has, and what it was asked for.
struct Shop {
    files: BTreeMap<&'static str, Vec<u8>>,
    asked: Mutex<Vec<String>>,
}

/// A registry with this key and these files; one that is empty is not there.
fn registry(key: &str, changed: &[(&'static str, &[u8])]) -> (u16, Arc<Shop>) {
    let mut files = BTreeMap::from([
        ("/sums", SUMS.to_vec()),
        ("/sums.sig", SIGNATURE.to_vec()),
        ("/package.zip", PACKAGE.to_vec()),
    ]);
    files.extend(changed.iter().map(|(path, bytes)| (*path, bytes.to_vec())));
    let shop = Arc::new(Shop {
        files,
        asked: Mutex::default(),
    });
    let keys = match key {
        "" => "[]".to_owned(),
        key => serde_json::json!([{ "key_id": "1", "ascii_armor": key }]).to_string(),
    };
    let open = shop.clone();
    let port = serve(move |path, _| {
        open.asked.lock().unwrap().push(path.to_owned());
        answer(&open, path, &keys)
    });
    (port, shop)
}

fn answer(shop: &Shop, path: &str, keys: &str) -> Option<Answer> {
    let json = |text: String| Some(("Content-Type: application/json", text.into_bytes()));
    let platforms = r#"[{"os":"linux","arch":"amd64"},{"os":"linux","arch":"arm64"}]"#;
    let versions = [("1.0.0", "5.0"), ("1.1.0", "4.0"), ("2.0.0-beta1", "6.0")];
    match path {
        "/.well-known/terraform.json" => json(r#"{"providers.v1": "/p/"}"#.to_owned()),
        "/p/acme/signed/versions" => {
            let one =
                |(v, p): (&str, &str)| format!(r#"{{"version":"{v}","protocols":["{p}"],"platforms":{platforms}}}"#);
            json(format!(r#"{{"versions":[{}]}}"#, versions.map(one).join(",")))
        }
        _ if path.starts_with("/p/acme/signed/1.0.0/download/linux/") => {
            let file = format!("terraform-provider-signed_1.0.0_linux_{}.zip", path.rsplit('/').next()?);
            let sum = String::from_utf8_lossy(SUMS);
            let sum = sum.lines().find_map(|l| l.strip_suffix(&file))?.trim().to_owned();
            json(format!(
                r#"{{"filename":"{file}","download_url":"/package.zip","shasum":"{sum}","shasums_url":"/sums","shasums_signature_url":"/sums.sig","signing_keys":{{"gpg_public_keys":{keys}}}}}"#
            ))
        }
        _ => Some(("Content-Type: application/octet-stream", shop.files.get(path)?.clone())),
    }
}

fn configuration(host: &str) -> String {
    format!("terraform {{\n  required_providers {{\n    signed = {{ source = \"{host}acme/signed\" }}\n  }}\n}}\n")
}

#[test]
fn a_registry_vouches_for_its_packages() {
    let work = Work::new();
    let (port, shop) = registry(KEY, &[]);
    work.write("work/main.tf", &configuration(&format!("localhost:{port}/")));
    let said = work.with(&[], &["init"]);
    assert!(said.contains("acme/signed 1.0.0 (signed by "), "{said}");
    let lock = fs::read_to_string(work.at("work/.terraform.lock.hcl")).unwrap();
    assert_eq!(lock.matches("\"zh:").count(), 2, "{lock}");
    assert_eq!(lock.matches("\"h1:").count(), 1, "{lock}");
    // What the lock says and is here is not asked for again.
    shop.asked.lock().unwrap().clear();
    assert!(work.with(&[], &["init"]).contains("1.0.0 (was here)"));
    assert!(shop.asked.lock().unwrap().is_empty());
}

#[test]
fn what_nobody_vouches_for_is_refused() {
    let wrong = |key: &str, changed: &[(&'static str, &[u8])], why: &str| {
        let work = Work::new();
        let (port, _) = registry(key, changed);
        work.write("work/main.tf", &configuration(&format!("localhost:{port}/")));
        let said = work.fails(&["init"]);
        assert!(said.contains("error[E516]") && said.contains(why), "{said}");
        assert!(!work.at("work/.terraform.lock.hcl").exists());
        let kept = work.at("work/.situs/providers");
        assert!(
            !kept.exists() || !text_below(&kept).contains("terraform-provider"),
            "{why}"
        );
    };
    wrong(OTHER, &[], "signed by none of the keys");
    wrong("no key at all", &[], "none of the keys that should have signed");
    wrong(
        KEY,
        &[("/sums.sig", b"nonsense")],
        "the signature of the digests cannot be read",
    );
    let sums = String::from_utf8(SUMS.to_vec()).unwrap().replace('0', "1");
    wrong(KEY, &[("/sums", sums.as_bytes())], "signed by none of the keys");
    let other = [PACKAGE, b"x"].concat();
    wrong(KEY, &[("/package.zip", &other)], "its digest is another one");
    wrong("", &[("/package.zip", &other)], "its digest is another one");
}

fn text_below(directory: &std::path::Path) -> String {
    let found = std::process::Command::new("find").arg(directory).output().unwrap();
    String::from_utf8_lossy(&found.stdout).into_owned()
}

#[test]
fn a_registry_without_keys_says_so() {
    let work = Work::new();
    let (port, _) = registry("", &[]);
    work.write("work/main.tf", &configuration(&format!("localhost:{port}/")));
    let said = work.with(&[], &["init"]);
    assert!(said.contains("acme/signed 1.0.0 (signed by nobody)"), "{said}");
}

#[test]
fn a_mirror_gives_packages_of_any_host() {
    let work = Work::new();
    let zip = PACKAGE.to_vec();
    let port = serve(move |path, _| {
        let json = |text: &str| Some(("Content-Type: application/json", text.as_bytes().to_vec()));
        let archive = r#"{"url": "../../../p.zip"}"#;
        match path {
            "/m/example.com/acme/signed/index.json" => json(r#"{"versions": {"1.0.0": {}, "0.9.0": {}}}"#),
            "/m/example.com/acme/signed/1.0.0.json" => json(&format!(
                r#"{{"archives": {{"linux_amd64": {archive}, "linux_arm64": {archive}}}}}"#
            )),
            "/m/p.zip" => Some(("Content-Type: application/zip", zip.clone())),
            _ => None,
        }
    });
    let settings = format!(
        "plugin_cache_dir = \"$CACHE/of\"\nprovider_installation {{\n  network_mirror {{\n    url = \"http://127.0.0.1:{port}/m/\"\n    include = [\"example.com/*/*\"]\n  }}\n  direct {{\n    exclude = [\"*/*/*\"]\n  }}\n}}\n"
    );
    work.write("settings", &settings);
    work.write("work/main.tf", &configuration("example.com/"));
    let cache = work.at("cache");
    let settings = work.at("settings");
    let env = [("SITUS_CLI_CONFIG_FILE", &settings), ("CACHE", &cache)];
    let said = work.with(&env, &["init"]);
    assert!(said.contains("acme/signed 1.0.0 (from http://127.0.0.1:"), "{said}");
    // The package is in the cache, for the next configuration as well.
    assert!(
        fs::read_link(
            work.at("work/.situs/providers/example.com/acme/signed/1.0.0")
                .join(system())
        )
        .is_ok()
    );
    fs::remove_dir_all(work.at("work/.situs")).unwrap();
    let said = work.with(&env, &["init"]);
    assert!(said.contains("acme/signed 1.0.0 (from the cache)"), "{said}");
    // Others do not come this way, nor any other.
    work.write("work/main.tf", &configuration("elsewhere.example/"));
    let said = work.with(&env, &["init"]);
    assert!(said.contains("no version of it for"), "{said}");
}

fn system() -> String {
    situs::run::provider::plugin::system()
}

#[test]
fn a_program_that_is_no_provider_is_told_with_its_words() {
    let work = Work::new();
    let (port, _) = registry(KEY, &[]);
    let text = configuration(&format!("localhost:{port}/")) + "resource \"signed_thing\" \"a\" {}\n";
    work.write("work/main.tf", &text);
    let said = work.fails(&["init"]);
    assert!(said.contains("does not start"), "{said}");
    assert!(said.contains("it ended before it said where it is"), "{said}");
    assert!(said.contains("this is no provider"), "{said}");
}
