//! Text and what text stands for.

use super::{are, fail, unknown};

#[test]
fn formats() {
    are(&[
        (
            r#"format("%d|%5d|%-5d|%05d|%+d|% d", 7, 7, 7, -7, 7, 7)"#,
            r#""7|    7|7    |-0007|+7| 7""#,
        ),
        (
            r#"format("%b %o %x %X %#x", 5, 8, 255, 255, 255)"#,
            r#""101 10 ff FF 0xff""#,
        ),
        (
            r#"format("%d", 123456789012345678901234567890)"#,
            r#""123456789012345678901234567890""#,
        ),
        (
            r#"format("%f|%.2f|%.0f|%8.2f|%08.2f", 2.5, 2.345, 2.5, 3.14159, -3.14159)"#,
            r#""2.500000|2.34|2|    3.14|-0003.14""#,
        ),
        (r#"format("%.1f %.1f %.3f", 0.25, 9.96, 0)"#, r#""0.2 10.0 0.000""#),
        (
            r#"format("%e %.2E %g %G", 1500, 0.00012, 1500000, 0.00001)"#,
            r#""1.500000e+03 1.20E-04 1.5e+06 1E-05""#,
        ),
        (
            r#"format("%g %g %.3g %g", 100000, 0.1, 1234.5, 0)"#,
            r#""100000 0.1 1.23e+03 0""#,
        ),
        (r#"format("%v %v %v %v", "a", 1.5, true, null)"#, r#""a 1.5 true null""#),
        (r#"format("%v %#v", ["a", 1], "a")"#, r#""[\"a\",1] \"a\"""#),
        (
            r#"format("%q|%5s|%-5s|%.2s", "a<\"", "b", "c", "defg")"#,
            r#""\"a\\u003c\\\"\"|    b|c    |de""#,
        ),
        (r#"format("%[2]s %[1]s %s", "a", "b")"#, r#""b a b""#),
        (r#"format("%t %s %d", "true", 1.5, "3")"#, r#""true 1.5 3""#),
        (r#"format("100%%")"#, r#""100%""#),
        (r#"format("%v", 20ms)"#, r#""20ms""#),
        (r#"formatlist("%s-%d", "a", [1, 2])"#, r#"tolist(["a-1", "a-2"])"#),
        (r#"formatlist("x")"#, r#"tolist(["x"])"#),
        (r#"formatlist("%s", [])"#, "tolist([])"),
    ]);
    fail(&[
        (r#"format("%d", 1.5)"#, "takes a whole number"),
        (r#"format("%s", null)"#, "does not take null"),
        (r#"format("%s")"#, "has no argument left"),
        (r#"format("x", 1)"#, "there are 1 arguments, and the format uses 0"),
        (r#"format("%y", 1)"#, "`%y` means nothing"),
        (r#"format("%99999999999999999999d", 1)"#, "go up to 10000"),
        (r#"format("%.99999999f", 1)"#, "go up to 10000"),
        (r#"format("%")"#, "ends behind `%`"),
        (r#"formatlist("%s%s", ["a"], ["b", "c"])"#, "must be of one length"),
    ]);
    unknown(&[r#"format("%s", unknown)"#, r#"format("%v", partly)"#]);
}

#[test]
fn patterns() {
    are(&[
        (r#"regex("[a-z]+", "53ab3c")"#, r#""ab""#),
        (r#"regex("(\\d+)-(\\d+)", "tel 12-345")"#, r#"["12", "345"]"#),
        (
            r#"regex("(?P<y>\\d+)(?P<m>x)?", "2027")"#,
            r#"{ y = "2027", m = null }"#,
        ),
        (r#"regexall("[0-9]", "none")"#, "tolist([])"),
        (r#"regexall("(.)(.)", "abcd")"#, r#"tolist([["a", "b"], ["c", "d"]])"#),
        (r#"replace("a.b.c", ".", "$0")"#, r#""a$0b$0c""#),
        (r#"replace("hello world", "/w(.*)d/", "${"$"}1")"#, r#""hello orl""#),
        (r#"replace("a/b/c", "/", "-")"#, r#""a-b-c""#),
        (r#"replace("ab", "/(?P<x>a)/", "[$x]")"#, r#""[a]b""#),
        (r#"can(regex("x", "y"))"#, "false"),
    ]);
    fail(&[
        (r#"regex("x", "y")"#, "fits the pattern \"x\""),
        (r#"regex("(", "y")"#, "unclosed group"),
        (r#"regex("(?P<a>x)(y)", "xy")"#, "groups with a name and groups without"),
        (r#"regex("(?:x{500}){500}{500}", "x")"#, "too large"),
    ]);
}

#[test]
fn texts() {
    are(&[
        (r#"title("it's a_b x1y ähre")"#, r#""It'S A_b X1y Ähre""#),
        (r#"indent(2, "a\nb\n")"#, r#""a\n  b\n  ""#),
        (r#"join(",", ["a"], [], ["b", 1])"#, r#""a,b,1""#),
        (r#"substr("hello", -3, -1)"#, r#""llo""#),
        (r#"substr("hello", 1, 0)"#, r#""""#),
        (r#"split("", "ab")"#, r#"tolist(["a", "b"])"#),
        (r#"split(",", "")"#, r#"tolist([""])"#),
        (r#"chomp("a\r\n\n")"#, r#""a""#),
    ]);
    fail(&[
        (r#"join(",", ["a", null])"#, "an element is null"),
        (r#"indent(-1, "")"#, "not negative"),
    ]);
}

#[test]
fn encodings() {
    are(&[
        (
            r#"jsonencode({ a = "<&>\u2028", b = [1, null, true], c = 20ms })"#,
            r#""{\"a\":\"\\u003c\\u0026\\u003e\\u2028\",\"b\":[1,null,true],\"c\":\"20ms\"}""#,
        ),
        (
            "jsonencode(123456789012345678901234567890.125)",
            r#""123456789012345678901234567890.125""#,
        ),
        (
            r#"jsondecode("123456789012345678901234567890.125")"#,
            "123456789012345678901234567890.125",
        ),
        (
            r#"jsondecode("{\"a\": [1.10, null, {\"b\": \"x\\n\"}], \"a b\": true}")"#,
            r#"{ a = [1.1, null, { b = "x\n" }], "a b" = true }"#,
        ),
        (r#"base64decode("aG\nk=")"#, r#""hi""#),
        (r#"textencodebase64("ä€", "UTF-16")"#, r#""/v8A5CCs""#),
        (
            r#"textdecodebase64(textencodebase64("ä€", "windows-1252"), "windows-1252")"#,
            r#""ä€""#,
        ),
        (
            r#"csvdecode("a,b\n\"1,\n2\",3\n")"#,
            r#"tolist([{ a = "1,\n2", b = "3" }])"#,
        ),
        (r#"csvdecode("a,b\n")"#, "tolist([])"),
        (r#"urlencode("ä/~")"#, r#""%C3%A4%2F~""#),
    ]);
    fail(&[
        (r#"jsondecode("{")"#, "it is no JSON"),
        (r#"jsondecode("1e999999")"#, "out of range"),
        (r#"base64decode("a")"#, "it is no Base64"),
        (r#"base64decode("/w==")"#, "no UTF-8 text"),
        (r#"textencodebase64("€", "koi8-r")"#, "does not have"),
        (r#"textencodebase64("a", "klingon")"#, "there is no character set"),
        (r#"csvdecode("a,b\n1\n")"#, "it is no CSV"),
        (r#"csvdecode("a,a\n")"#, "two columns have the name \"a\""),
        (r#"csvdecode("")"#, "no first row"),
    ]);
    unknown(&["jsonencode({ a = unknown })", "yamlencode(partly)"]);
}

#[test]
fn yaml() {
    are(&[
        (
            r#"yamlencode({ a = "b", c = [1, { d = "e", f = {} }, [], [[2, 3]]], g = { h = null } })"#,
            r#""\"a\": \"b\"\n\"c\":\n- 1\n- \"d\": \"e\"\n  \"f\": {}\n- []\n- - - 2\n    - 3\n\"g\":\n  \"h\": null\n""#,
        ),
        (r#"yamlencode("x")"#, r#""\"x\"\n""#),
        ("yamlencode(true)", r#""true\n...\n""#),
        (
            r#"yamlencode({ a = "x\ny\n", b = "x\n y", c = " x\n\n", d = "x\t\n" })"#,
            r#""\"a\": |\n  x\n  y\n\"b\": |-\n  x\n   y\n\"c\": |2+\n   x\n\n\"d\": \"x\\t\\n\"\n""#,
        ),
        (
            "yamlencode([1.10, 12345678901234567890123])",
            r#""- 1.1\n- 12345678901234567890123\n""#,
        ),
        (
            r#"yamldecode(yamlencode({ a = "x\n y\n", b = ["|", "yes", ""], "c d" = { e = 1 } }))"#,
            r#"{ a = "x\n y\n", b = ["|", "yes", ""], "c d" = { e = 1 } }"#,
        ),
        (
            r#"yamldecode("a: 0x1F\nb: .5\nc: 1e3\nd: 1_000\ne: ~\nf: 'no'\ng: 2001-12-14\nh: -3.\ni: 123456789012345678901.5")"#,
            r#"{ a = 31, b = 0.5, c = 1000, d = 1000, e = null, f = "no", g = "2001-12-14", h = -3, i = 123456789012345678901.5 }"#,
        ),
        (
            r#"yamldecode("[yes, No, ON, yEs, nUll, NULL]")"#,
            r#"[true, false, true, "yEs", "nUll", null]"#,
        ),
        (
            r#"yamldecode("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: *x")"#,
            "{ x = { a = 1, b = 2 }, y = { a = 1, b = 3 }, z = { a = 1, b = 2 } }",
        ),
        (r#"yamldecode("!!str 12")"#, r#""12""#),
        (r#"yamldecode("1: a")"#, r#"{ "1" = "a" }"#),
        (r#"yamldecode("--- |\n  a\n  b\n")"#, r#""a\nb\n""#),
    ]);
    fail(&[
        (r#"yamldecode("a: [")"#, "it is no YAML: line"),
        (
            r#"yamldecode("a: 1\na: 2")"#,
            "line 2 of the YAML: the key \"a\" occurs twice",
        ),
        (r#"yamldecode("a\n---\nb")"#, "more than one document"),
        (r#"yamldecode("a: *b")"#, "it is no YAML"),
        (r#"yamldecode("a: &a [*a]")"#, "alias"),
        (r#"yamldecode("!x 1")"#, "the tag"),
        (r#"yamldecode("[a]: 1")"#, "a key must be a text"),
    ]);
}

#[test]
fn hashes_and_keys() {
    are(&[
        (r#"md5("")"#, r#""d41d8cd98f00b204e9800998ecf8427e""#),
        (r#"sha1("")"#, r#""da39a3ee5e6b4b0d3255bfef95601890afd80709""#),
        (
            r#"sha256("")"#,
            r#""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#,
        ),
        (r#"substr(sha512(""), 0, 32)"#, r#""cf83e1357eefb8bdf1542850d66d8007""#),
        (r#"rsadecrypt(encrypted, pkcs1)"#, r#""secret words""#),
        (r#"rsadecrypt(encrypted, pkcs8)"#, r#""secret words""#),
        (
            r#"uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "tada")"#,
            r#"uuidv5("dns", "tada")"#,
        ),
    ]);
    fail(&[
        (r#"rsadecrypt("aGk=", pkcs1)"#, "not encrypted for this key"),
        (r#"rsadecrypt("aGk=", "x")"#, "no RSA key"),
        (r#"uuidv5("x", "y")"#, "is no namespace"),
        (r#"bcrypt("x", 4, 5)"#, "takes 1 to 2 arguments"),
    ]);
}

#[test]
fn networks() {
    are(&[
        (r#"cidrhost("10.0.0.0/8", 2)"#, r#""10.0.0.2""#),
        (r#"cidrhost("10.12.127.1/20", -1)"#, r#""10.12.127.255""#),
        (
            r#"cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)"#,
            r#""fd00:fd12:3456:7890::22""#,
        ),
        (
            r#"cidrhost("::/0", 340282366920938463463374607431768211455)"#,
            r#""ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff""#,
        ),
        (r#"cidrhost("1.2.3.4/32", 0)"#, r#""1.2.3.4""#),
        (r#"cidrnetmask("0.0.0.0/0")"#, r#""0.0.0.0""#),
        (
            r#"cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)"#,
            r#""fd00:fd12:3456:7800:a200::/72""#,
        ),
        (
            r#"cidrsubnet("::/0", 128, 340282366920938463463374607431768211455)"#,
            r#""ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128""#,
        ),
        (r#"cidrsubnet("10.0.0.0/24", 0, 0)"#, r#""10.0.0.0/24""#),
        (
            r#"cidrsubnets("10.1.0.0/16", 8, 4)"#,
            r#"tolist(["10.1.0.0/24", "10.1.16.0/20"])"#,
        ),
        (
            r#"cidrsubnets("ffff::/16", 1, 1)"#,
            r#"tolist(["ffff::/17", "ffff:8000::/17"])"#,
        ),
        (r#"cidrsubnets("10.0.0.0/8")"#, "tolist([])"),
    ]);
    fail(&[
        (r#"cidrhost("10.0.0.0/24", 256)"#, "no address with the number 256"),
        (r#"cidrhost("10.0.0.0/24", -257)"#, "no address with the number -257"),
        (r#"cidrhost("10.0.0.0/24", 0.5)"#, "no whole number"),
        (r#"cidrhost("10.0.0.0", 1)"#, "is no network"),
        (r#"cidrnetmask("::/0")"#, "IPv6"),
        (
            r#"cidrsubnet("10.0.0.0/24", 9, 0)"#,
            "9 bits more do not fit: 8 are left",
        ),
        (r#"cidrsubnet("10.0.0.0/24", 2, 4)"#, "from 0 to 3"),
        (r#"cidrsubnets("10.0.0.0/30", 1, 1, 1)"#, "no room for network number 3"),
        (r#"cidrsubnets("0.0.0.0/0", 1, 1, 1)"#, "no room for network number 3"),
        (r#"cidrsubnets("::/0", 1, 1, 1)"#, "no room for network number 3"),
    ]);
}

#[test]
fn dates() {
    are(&[
        (
            r#"formatdate("YY M D h H aa AA m s", "2018-01-02T13:04:05Z")"#,
            r#""18 1 2 13 1 pm PM 4 5""#,
        ),
        (
            r#"formatdate("EEEE, DD-MMMM-YYYY HH 'o''clock' ''", "2018-01-02T00:00:00Z")"#,
            r#""Tuesday, 02-January-2018 12 o'clock '""#,
        ),
        (
            r#"formatdate("Z|ZZZ|ZZZZ|ZZZZZ", "2018-01-02T00:00:00-08:30")"#,
            r#""-08:30|-0830|-0830|-08:30""#,
        ),
        (
            r#"formatdate("Z|ZZZ|ZZZZ|ZZZZZ", "2018-01-02T00:00:00Z")"#,
            r#""Z|UTC|+0000|+00:00""#,
        ),
        (
            r#"timeadd("2017-11-22T00:00:00.5+01:00", "-1h30m0.5s")"#,
            r#""2017-11-21T22:30:00+01:00""#,
        ),
        (r#"timeadd("2016-02-28T00:00:00Z", 1d)"#, r#""2016-02-29T00:00:00Z""#),
        (
            r#"timeadd("2016-02-28T00:00:00Z", ".5s1.5s")"#,
            r#""2016-02-28T00:00:02Z""#,
        ),
        (r#"timecmp("2017-11-22T00:00:00Z", "2017-11-22T00:00:01Z")"#, "-1"),
    ]);
    fail(&[
        (
            r#"formatdate("YYY", "2018-01-02T00:00:00Z")"#,
            "`YYY` in the format means nothing",
        ),
        (r#"formatdate("'x", "2018-01-02T00:00:00Z")"#, "is not closed"),
        (r#"formatdate("YYYY", "2018-02-30T00:00:00Z")"#, "is no point in time"),
        (
            r#"timecmp("2018-01-02 00:00:00Z", "2018-01-02T00:00:00Z")"#,
            "is no point in time",
        ),
        (r#"timeadd("2018-01-02T00:00:00Z", "10 minutes")"#, "is no duration"),
        (r#"timeadd("9999-12-31T00:00:00Z", "48h")"#, "years 0 to 9999"),
        (
            r#"timeadd("2018-01-02T00:00:00Z", "999999999999999999999h")"#,
            "is no duration",
        ),
    ]);
}

#[test]
fn files() {
    are(&[
        (r#"fileset(".", "*.txt")"#, r#"toset(["a.txt"])"#),
        (
            r#"fileset(".", "**/*.txt")"#,
            r#"toset(["a.txt", "deep/c.txt", "deep/er/d.txt"])"#,
        ),
        (r#"fileset("./deep", "{c,x}.txt")"#, r#"toset(["c.txt"])"#),
        (r#"fileset("deep", "*/?.txt")"#, r#"toset(["er/d.txt"])"#),
        (r#"fileset(".", "deep/*")"#, r#"toset(["deep/.hidden", "deep/c.txt"])"#),
        (r#"length(fileset("nowhere", "*"))"#, "0"),
        (r#"pathexpand("~/x")"#, r#""/home/ann/x""#),
        (r#"pathexpand("~bob/x")"#, r#""~bob/x""#),
        (r#"abspath("a/../b/./c")"#, r#""/memory/b/c""#),
        (
            r#"[dirname("a"), dirname("/"), dirname("/a"), dirname("a/b/"), dirname("")]"#,
            r#"[".", "/", "/", "a/b", "."]"#,
        ),
        (
            r#"[basename(""), basename("/"), basename("a/b/")]"#,
            r#"[".", "/", "b"]"#,
        ),
        (r#"filemd5("a.txt") == md5("a")"#, "true"),
    ]);
    fail(&[
        (r#"file("nowhere")"#, "the file \"nowhere\" cannot be read"),
        (r#"filesha256("nowhere")"#, "the file \"nowhere\" cannot be read"),
        (r#"fileset(".", "[")"#, "the pattern \"[\" cannot be read"),
    ]);
}

#[test]
fn templates() {
    are(&[
        (
            r#"templatefile("greet.tftpl", { names = ["a", "b"] })"#,
            r#""hello \"a\"\nhello \"b\"\n""#,
        ),
        (r#"templatefile("list.tftpl", { names = ["a"] })"#, r#"["A"]"#),
        (
            r#"templatefile("plain.tftpl", {})"#,
            r#""it's \\n $${a} %%{b} [[[ {{{\nend""#,
        ),
        (
            r#"templatestring("$${a}-%%{if a == \"x\"}y%%{endif}", { a = "x" })"#,
            r#""x-y""#,
        ),
        (r#"templatestring("", {})"#, r#""""#),
    ]);
    fail(&[
        (
            r#"templatefile("broken.tftpl", {})"#,
            "the template \"broken.tftpl\", line 2, column 4: `nobody` means nothing here",
        ),
        (
            r#"templatefile("unclosed.tftpl", { a = 1 })"#,
            "the template \"unclosed.tftpl\", line 2",
        ),
        (
            r#"templatefile("again.tftpl", {})"#,
            "a template does not call `templatefile`",
        ),
        (r#"templatefile("nowhere.tftpl", {})"#, "cannot be read"),
        (r#"templatestring("$${var.x}", {})"#, "`var` means nothing here"),
        (r#"templatestring("x", { "a b" = 1 })"#, "\"a b\" is no name"),
        (r#"templatestring("x", ["a"])"#, "does not take this argument"),
    ]);
    unknown(&[r#"templatestring("x$${a}", { a = unknown })"#]);
}
