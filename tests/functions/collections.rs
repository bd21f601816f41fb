//! Collections, numbers, conversions, and what is not known yet or kept out of sight.

use situs_value::Value;

use super::{are, fail, unknown, value};

#[test]
fn lists_stay_lists() {
    are(&[
        ("reverse(tolist([1, 2]))", "tolist([2, 1])"),
        ("slice(tolist([1, 2, 3]), 1, 2)", "tolist([2])"),
        ("values(tomap({ b = 1, a = 2 }))", "tolist([2, 1])"),
        ("zipmap([\"a\"], tolist([1]))", "tomap({ a = 1 })"),
        ("concat(tolist([1]), tolist([2]))", "tolist([1, 2])"),
        ("concat(tolist([1]), [\"a\"])", "[1, \"a\"]"),
        (
            "merge(tomap({ a = 1 }), tomap({ b = 2 }), null)",
            "tomap({ a = 1, b = 2 })",
        ),
        ("merge(tomap({ a = 1 }), tomap({ b = \"x\" }))", "{ a = 1, b = \"x\" }"),
        ("merge()", "{}"),
        ("distinct([1, \"1\", 2])", "tolist([\"1\", \"2\"])"),
        ("compact([1, \"\", null, \"a\"])", "tolist([\"1\", \"a\"])"),
        ("coalesce(null, 1, \"a\")", "\"1\""),
        ("coalesce(\"a\", unknown)", "\"a\""),
        ("setunion([1], [\"a\"])", "toset([\"1\", \"a\"])"),
        ("setintersection([1, 2], [\"2\"])", "toset([\"2\"])"),
        ("setproduct(toset([1]), toset([2]))", "toset([[1, 2]])"),
        ("setproduct([1], [])", "tolist([])"),
        ("flatten([[1, [2, [3]]], [], toset([4])])", "[1, 2, 3, 4]"),
        ("element([\"a\", \"b\"], -1)", "\"b\""),
        ("lookup({ a = null }, \"a\", 1)", "null"),
        ("range(3)", "tolist([0, 1, 2])"),
        ("range(-2)", "tolist([0, -1])"),
        ("range(1, 0, -0.5)", "tolist([1, 0.5])"),
        (
            "transpose({ a = [\"x\", \"x\"], b = [\"x\"] })",
            "tomap({ x = tolist([\"a\", \"b\"]) })",
        ),
        ("one([])", "null"),
        ("alltrue([])", "true"),
        ("anytrue([])", "false"),
        ("matchkeys([\"a\", \"b\"], [1, 2], [\"2\", 2])", "tolist([\"b\"])"),
        ("contains(partly, \"a\")", "true"),
        ("length(partly)", "2"),
    ]);
    fail(&[
        ("merge([1])", "it takes maps and objects"),
        ("sum([])", "nothing to add"),
        ("sum([null])", "an element is null"),
        ("sort([\"a\", null])", "an element is null"),
        ("zipmap([\"a\"], [])", "1 keys and 0 values"),
        ("matchkeys([1], [], [])", "1 values and 0 keys"),
        ("chunklist([1], -1)", "the size is negative"),
        ("element([], 0)", "the list is empty"),
        ("setproduct([1])", "at least two"),
        ("lookup({}, \"a\")", "there is no key \"a\""),
        ("one([1, 2])", "there are 2 elements"),
        ("transpose({ a = [null] })", "an element is null"),
        ("coalesce(null, \"\")", "null or empty"),
    ]);
}

#[test]
fn what_is_not_known_stays_unknown() {
    unknown(&[
        "contains(partly, \"b\")",
        "alltrue([true, unknown])",
        "sum([1, tonumber(unknown)])",
        "distinct(partly)",
        "compact(partly)",
        "setunion(partly, [])",
        "flatten([[1], unknown])",
        "coalesce(unknown, \"a\")",
        "try(unknown, \"a\")",
        "try(partly, \"a\")",
        "can(unknown)",
        "issensitive(unknown)",
        "transpose({ a = partly })",
    ]);
    are(&[
        ("try(nobody, partly[0], 1)", "\"a\""),
        ("can(nobody)", "false"),
        ("type(unknown)", "\"string\""),
    ]);
    fail(&[
        ("can(1, 2)", "`can` takes 1 argument"),
        ("try(nobody)", "none of its arguments has a value"),
    ]);
    assert_eq!(value("sensitive(unknown)").unwrap(), value("unknown").unwrap().mark());
    assert_eq!(
        value("nonsensitive(sensitive(unknown))").unwrap(),
        value("unknown").unwrap()
    );
    assert_eq!(
        value("ephemeralasnull(sensitive(1))").unwrap(),
        Value::from(1_i64).mark()
    );
    assert_eq!(value("upper(sensitive(\"a\"))").unwrap(), Value::from("A").mark());
}

#[test]
fn numbers() {
    are(&[
        ("log(16, 2)", "4"),
        ("log(1000, 10)", "3"),
        ("log(0.125, 2)", "-3"),
        ("floor(log(50, 10) * 1000)", "1698"),
        (
            "pow(2, 200)",
            "1606938044258990275541962092341162602522202993782792835301376",
        ),
        ("pow(-2, 3)", "-8"),
        ("pow(2, -2)", "0.25"),
        ("pow(-1, 1000000000001)", "-1"),
        ("pow(0, 0)", "1"),
        ("pow(2.25, 0.5)", "1.5"),
        ("parseint(\"-ff\", 16)", "-255"),
        ("parseint(\"zZ\", 62)", "2231"),
        (
            "parseint(\"340282366920938463463374607431768211456\", 10)",
            "pow(2, 128)",
        ),
        ("signum(0)", "0"),
        ("ceil(-0.5)", "0"),
        ("max([1, 3, 2]...)", "3"),
        ("in_unit(with_unit(-1.5, \"GiB\"), \"MiB\")", "-1536"),
        ("toquantity(\"90m\") == 1.5h", "true"),
        ("type(20ms)", "\"duration\""),
        ("todate(\"2027-06-30\")", "2027-06-30"),
    ]);
    fail(&[
        ("log(0, 2)", "above 0"),
        ("log(2, 1)", "no base of 1"),
        ("pow(0, -1)", "division by zero"),
        ("pow(10, 1000000)", "out of range"),
        ("pow(-2, 0.5)", "no number"),
        ("parseint(\"12\", 2)", "is no whole number of base 2"),
        ("parseint(\"\", 10)", "is no whole number"),
        ("parseint(\"1\", 63)", "from 2 to 62"),
        ("in_unit(1, \"MiB\")", "a quantity is expected"),
        ("with_unit(1, \"parsec\")", "no unit"),
    ]);
}
