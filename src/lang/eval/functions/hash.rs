//! Digests of text and of files, names made from digests, and RSA. What is broken today (MD5, SHA-1) is here because configurations ask
//! for it; nothing in Situs relies on it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{Pkcs1v15Encrypt, PrivateKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use situs_value::Value;
use uuid::Uuid;

use super::files::bytes_of;
use super::{Arity, Function, Param, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "base64sha256",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-256 digest of a text, its bytes as Base64.",
        example: (
            "base64sha256(\"hi\")",
            "\"j0NDRmSPa5bfid2pAcUXaxCm2Dlh3TwayItZstwyeqQ=\"",
        ),
        run: |v, _| Ok(base64_of(&Sha256::digest(text(v, 0)))),
    },
    Function {
        name: "base64sha512",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-512 digest of a text, its bytes as Base64.",
        example: ("length(base64sha512(\"hi\"))", "88"),
        run: |v, _| Ok(base64_of(&Sha512::digest(text(v, 0)))),
    },
    Function {
        name: "filebase64sha256",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-256 digest of a file, its bytes as Base64.",
        example: ("filebase64sha256(\"hello.txt\")", "base64sha256(\"hello\")"),
        run: |v, s| Ok(base64_of(&Sha256::digest(bytes_of(text(v, 0), s)?))),
    },
    Function {
        name: "filebase64sha512",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-512 digest of a file, its bytes as Base64.",
        example: ("filebase64sha512(\"hello.txt\")", "base64sha512(\"hello\")"),
        run: |v, s| Ok(base64_of(&Sha512::digest(bytes_of(text(v, 0), s)?))),
    },
    Function {
        name: "filemd5",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The MD5 digest of a file, in hexadecimal digits.",
        example: ("filemd5(\"hello.txt\")", "md5(\"hello\")"),
        run: |v, s| Ok(hex(&Md5::digest(bytes_of(text(v, 0), s)?))),
    },
    Function {
        name: "filesha1",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-1 digest of a file, in hexadecimal digits.",
        example: ("filesha1(\"hello.txt\")", "sha1(\"hello\")"),
        run: |v, s| Ok(hex(&Sha1::digest(bytes_of(text(v, 0), s)?))),
    },
    Function {
        name: "filesha256",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-256 digest of a file, in hexadecimal digits.",
        example: ("filesha256(\"hello.txt\")", "sha256(\"hello\")"),
        run: |v, s| Ok(hex(&Sha256::digest(bytes_of(text(v, 0), s)?))),
    },
    Function {
        name: "filesha512",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-512 digest of a file, in hexadecimal digits.",
        example: ("filesha512(\"hello.txt\")", "sha512(\"hello\")"),
        run: |v, s| Ok(hex(&Sha512::digest(bytes_of(text(v, 0), s)?))),
    },
    Function {
        name: "md5",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The MD5 digest of a text, in hexadecimal digits.",
        example: ("md5(\"hi\")", "\"49f68a5c8493ec2c0bf489821c21fc3b\""),
        run: |v, _| Ok(hex(&Md5::digest(text(v, 0)))),
    },
    Function {
        name: "rsadecrypt",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The text that was encrypted for an RSA key: Base64 and a private key in PEM form (PKCS #1 v1.5).",
        example: ("can(rsadecrypt(\"aGk=\", \"no key\"))", "false"),
        run: |v, _| rsadecrypt(text(v, 0), text(v, 1)),
    },
    Function {
        name: "sha1",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-1 digest of a text, in hexadecimal digits.",
        example: ("sha1(\"hi\")", "\"c22b5f9178342609428d6f51b2c5af4c0bde6a42\""),
        run: |v, _| Ok(hex(&Sha1::digest(text(v, 0)))),
    },
    Function {
        name: "sha256",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-256 digest of a text, in hexadecimal digits.",
        example: (
            "sha256(\"hi\")",
            "\"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4\"",
        ),
        run: |v, _| Ok(hex(&Sha256::digest(text(v, 0)))),
    },
    Function {
        name: "sha512",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The SHA-512 digest of a text, in hexadecimal digits.",
        example: ("substr(sha512(\"hi\"), 0, 16)", "\"150a14ed5bea6cc7\""),
        run: |v, _| Ok(hex(&Sha512::digest(text(v, 0)))),
    },
    Function {
        name: "uuidv5",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The UUID of a name in a namespace: `dns`, `url`, `oid`, `x500`, or a UUID.",
        example: (
            "uuidv5(\"dns\", \"www.terraform.io\")",
            "\"a5008fae-b28c-5ba5-96cd-82b4c53552d6\"",
        ),
        run: |v, _| uuidv5(text(v, 0), text(v, 1)),
    },
];

fn hex(digest: &[u8]) -> Value {
    digest.iter().map(|b| format!("{b:02x}")).collect::<String>().into()
}

fn base64_of(digest: &[u8]) -> Value {
    STANDARD.encode(digest).into()
}

fn rsadecrypt(encrypted: &str, pem: &str) -> Result<Value, String> {
    let bytes = super::encoding::from_base64(encrypted)?;
    let pem = pem.trim();
    let key = PrivateKey::from_pkcs1_pem(pem)
        .or_else(|_| PrivateKey::from_pkcs8_pem(pem))
        .map_err(
            |_| "the second argument is no RSA key without a password, `BEGIN RSA PRIVATE KEY` or `BEGIN PRIVATE KEY`",
        )?;
    let plain = key
        .decrypt(Pkcs1v15Encrypt, &bytes)
        .map_err(|_| "the text was not encrypted for this key")?;
    String::from_utf8(plain)
        .map(Value::from)
        .map_err(|_| "what was encrypted is no UTF-8 text".to_owned())
}

fn uuidv5(namespace: &str, name: &str) -> Result<Value, String> {
    let space = match namespace {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::try_parse(other)
            .map_err(|_| format!("{other:?} is no namespace: write `dns`, `url`, `oid`, `x500` or a UUID"))?,
    };
    Ok(Uuid::new_v5(&space, name.as_bytes()).to_string().into())
}
