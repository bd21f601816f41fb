//! The names and types of parameters and results, for those who read about a function: reference, completion, `metadata functions`. What a
//! call takes is decided by the table entry; a test holds the two together.
//!
//! A line is `name parameter:type … -> type`; behind a name `?` says that it may be null, before it `...` that it may be given any number
//! of times.

/// What a function takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// Its parameters.
    pub params: Vec<Parameter>,
    /// One that may be given any number of times.
    pub variadic: Option<Parameter>,
    /// The type of its result, as a type expression.
    pub result: &'static str,
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type, as a type expression.
    pub ty: &'static str,
    /// Whether it may be null.
    pub nullable: bool,
}

const LINES: &[&str] = &[
    "abs num:number -> number",
    "abspath path:string -> string",
    "alltrue list:list(bool) -> bool",
    "anytrue list:list(bool) -> bool",
    "base64decode str:string -> string",
    "base64encode str:string -> string",
    "base64gzip str:string -> string",
    "base64sha256 str:string -> string",
    "base64sha512 str:string -> string",
    "basename path:string -> string",
    "bcrypt str:string ...cost:number -> string",
    "can expression:any -> bool",
    "ceil num:number -> number",
    "chomp str:string -> string",
    "chunklist list:list(any) size:number -> list(list(any))",
    "cidrhost prefix:string hostnum:number -> string",
    "cidrnetmask prefix:string -> string",
    "cidrsubnet prefix:string newbits:number netnum:number -> string",
    "cidrsubnets prefix:string ...newbits:number -> list(string)",
    "coalesce ...vals?:any -> any",
    "coalescelist ...vals?:any -> any",
    "compact list:list(string) -> list(string)",
    "concat ...seqs:any -> any",
    "contains list:any value:any -> any",
    "csvdecode str:string -> any",
    "dirname path:string -> string",
    "distinct list:list(any) -> list(any)",
    "element list:any index:number -> any",
    "endswith str:string suffix:string -> bool",
    "ephemeralasnull value?:any -> any",
    "file path:string -> string",
    "filebase64 path:string -> string",
    "filebase64sha256 path:string -> string",
    "filebase64sha512 path:string -> string",
    "fileexists path:string -> bool",
    "filemd5 path:string -> string",
    "fileset path:string pattern:string -> set(string)",
    "filesha1 path:string -> string",
    "filesha256 path:string -> string",
    "filesha512 path:string -> string",
    "flatten list:any -> any",
    "floor num:number -> number",
    "format format:string ...args?:any -> any",
    "formatdate format:string time:string -> string",
    "formatlist format:string ...args?:any -> any",
    "in_unit quantity:any unit:string -> number",
    "indent spaces:number str:string -> string",
    "index list:any value:any -> any",
    "issensitive value?:any -> bool",
    "join separator:string ...lists:list(string) -> string",
    "jsondecode str:string -> any",
    "jsonencode val?:any -> string",
    "keys map:any -> list(string)",
    "length value:any -> number",
    "log num:number base:number -> number",
    "lookup map:any key:string ...default?:any -> any",
    "lower str:string -> string",
    "matchkeys values:list(any) keys:list(any) searchset:list(any) -> list(any)",
    "max ...numbers:number -> number",
    "md5 str:string -> string",
    "merge ...maps?:any -> any",
    "min ...numbers:number -> number",
    "nonsensitive value?:any -> any",
    "one list:any -> any",
    "parseint number:any base:number -> any",
    "pathexpand path:string -> string",
    "plantimestamp -> string",
    "pow num:number power:number -> number",
    "provider::terraform::decode_tfvars str:string -> any",
    "provider::terraform::encode_expr value?:any -> string",
    "provider::terraform::encode_tfvars value?:any -> string",
    "range ...params:number -> list(number)",
    "regex pattern:string string:string -> any",
    "regexall pattern:string string:string -> list(any)",
    "replace str:string substr:string replace:string -> string",
    "reverse list:any -> any",
    "rsadecrypt ciphertext:string privatekey:string -> string",
    "sensitive value?:any -> any",
    "setintersection first_set:set(any) ...other_sets:set(any) -> set(any)",
    "setproduct ...sets:any -> any",
    "setsubtract a:set(any) b:set(any) -> set(any)",
    "setunion first_set:set(any) ...other_sets:set(any) -> set(any)",
    "sha1 str:string -> string",
    "sha256 str:string -> string",
    "sha512 str:string -> string",
    "signum num:number -> number",
    "slice list:any start_index:number end_index:number -> any",
    "sort list:list(string) -> list(string)",
    "split separator:string str:string -> list(string)",
    "startswith str:string prefix:string -> bool",
    "strcontains str:string substr:string -> bool",
    "strrev str:string -> string",
    "substr str:string offset:number length:number -> string",
    "sum list:any -> any",
    "templatefile path:string vars:any -> any",
    "templatestring template:string vars:any -> string",
    "textdecodebase64 source:string encoding:string -> string",
    "textencodebase64 string:string encoding:string -> string",
    "timeadd timestamp:string duration:string -> string",
    "timecmp timestamp_a:string timestamp_b:string -> number",
    "timestamp -> string",
    "title str:string -> string",
    "tobool v?:any -> bool",
    "todate value?:any -> any",
    "tolist v?:any -> list(any)",
    "tomap v?:any -> map(any)",
    "tonumber v?:any -> number",
    "toquantity text:string -> any",
    "toset v?:any -> set(any)",
    "tostring v?:any -> string",
    "transpose values:map(list(string)) -> map(list(string))",
    "trim str:string cutset:string -> string",
    "trimprefix str:string prefix:string -> string",
    "trimspace str:string -> string",
    "trimsuffix str:string suffix:string -> string",
    "try ...expressions:any -> any",
    "type value?:any -> string",
    "upper str:string -> string",
    "urlencode str:string -> string",
    "uuid -> string",
    "uuidv5 namespace:string name:string -> string",
    "values mapping:any -> any",
    "with_unit number:number unit:string -> any",
    "yamldecode src:string -> any",
    "yamlencode value?:any -> string",
    "zipmap keys:list(string) values:any -> any",
];

/// All of them, by name.
pub fn all() -> impl Iterator<Item = Signature> {
    LINES.iter().filter_map(|line| read(line))
}

/// That of one function.
pub fn of(name: &str) -> Option<Signature> {
    all().find(|s| s.name == name)
}

fn read(line: &'static str) -> Option<Signature> {
    let (left, result) = line.split_once(" -> ")?;
    let mut words = left.split(' ').filter(|w| !w.is_empty());
    let name = words.next()?;
    let (variadic, params): (Vec<&str>, Vec<&str>) = words.partition(|w| w.starts_with("..."));
    Some(Signature {
        name,
        params: params.into_iter().filter_map(parameter).collect(),
        variadic: variadic.into_iter().filter_map(parameter).next(),
        result,
    })
}

fn parameter(word: &'static str) -> Option<Parameter> {
    let (name, ty) = word.trim_start_matches("...").split_once(':')?;
    let bare = name.trim_end_matches('?');
    Some(Parameter {
        name: bare,
        ty,
        nullable: bare != name,
    })
}

impl Signature {
    /// `cidrsubnet(prefix, newbits, netnum)`
    pub fn usage(&self) -> String {
        let params = self.params.iter().map(|p| p.name.to_owned());
        let more = self.variadic.iter().map(|p| format!("{}…", p.name));
        let params: Vec<String> = params.chain(more).collect();
        format!("{}({}) → {}", self.name, params.join(", "), self.result)
    }
}
