//! Blocks of the resource layer, for the check of their words; `config` and `eval` read what is in them. The bodies of `resource` and
//! `provider` are checked against the provider's schema, that of `runtime` by the room that reads it.

use crate::lang::schema::{Attribute, Block, Body, Form, Part, Ty};

const fn label(what: &'static str) -> Part {
    Part::new("label", Form::Label(what))
}

/// `terraform { … }`
pub const TERRAFORM: Block = Block::new("terraform", "terraform { … }", "Which providers are needed").body(Body::must(
    &[
        Attribute::new(
            "required_version",
            Ty::Raw("a text"),
            "Which versions of the Terraform language are needed; Situs has that of 1.11",
        ),
        Attribute::new("experiments", Ty::Raw("a list"), "Experiments of Terraform").later(),
    ],
    &[
        Block::new(
            "required_providers",
            "required_providers { local = { source = \"builtin/situs/local\" } }",
            "Where providers come from",
        )
        .body(Body::ANY_ATTRIBUTES),
        Block::new(
            "backend",
            "backend \"TYPE\" { … }",
            "Where Terraform keeps its state; only ever read",
        )
        .head(&[label("the type of the backend")])
        .body(Body::ANYTHING),
        Block::new(
            "cloud",
            "cloud { … }",
            "Where HCP Terraform keeps the state; Situs does not work there",
        )
        .body(Body::ANYTHING),
        Block::new(
            "provider_meta",
            "provider_meta \"NAME\" { … }",
            "What a module tells a provider",
        )
        .later(),
    ],
));

/// `provider "aws" { … }`
pub const PROVIDER: Block = Block::new("provider", "provider \"NAME\" { … }", "How a provider is configured")
    .head(&[label("the name of a provider")])
    .body(Body::ANYTHING);

/// `resource "aws_instance" "web" { … }`
pub const RESOURCE: Block = Block::new(
    "resource",
    "resource \"TYPE\" \"NAME\" { … }",
    "A resource that is managed",
)
.head(&[label("the type of the resource"), label("its name")])
.body(Body::ANYTHING);

/// `variable "names" { … }`
pub const VARIABLE: Block = Block::new(
    "variable",
    "variable \"NAME\" { … }",
    "A value that is given from outside",
)
.head(&[label("the name of the variable")])
.body(Body::must(
    &[
        Attribute::new("type", Ty::Raw("a type"), "What its value is"),
        Attribute::new(
            "default",
            Ty::Raw("a value"),
            "Its value where none is given; without it, one must be given",
        ),
        Attribute::new("description", Ty::Text, "What it is for"),
        Attribute::new("sensitive", Ty::Bool, "Whether its value is kept out of sight").or("false"),
        Attribute::new("nullable", Ty::Bool, "Whether it may be null").or("true"),
        Attribute::new(
            "ephemeral",
            Ty::Bool,
            "Whether it is never kept: neither in a state nor in a plan",
        )
        .or("false"),
        Attribute::new("deprecated", Ty::Text, "Why it should not be used any more").later(),
    ],
    &[Block::new(
        "validation",
        "validation { condition = …, error_message = \"…\" }",
        "What its value must satisfy",
    )
    .body(Body::must(CONDITION, &[]))],
));

const CONDITION: &[Attribute] = &[
    Attribute::new("condition", Ty::Raw("`true` or `false`"), "What must hold").required(),
    Attribute::new("error_message", Ty::Raw("a text"), "What is said where it does not").required(),
];

/// `locals { … }`
pub const LOCALS: Block = Block::new("locals", "locals { … }", "Values with names").body(Body::ANY_ATTRIBUTES);

/// `output "address" { … }`
pub const OUTPUT: Block = Block::new("output", "output \"NAME\" { … }", "A value that is shown after apply")
    .head(&[label("the name of the output")])
    .body(Body::must(
        &[
            Attribute::new("value", Ty::Raw("a value"), "What is shown").required(),
            Attribute::new("description", Ty::Text, "What it is"),
            Attribute::new("sensitive", Ty::Bool, "Whether it is kept out of sight").or("false"),
            Attribute::new(
                "depends_on",
                Ty::Raw("a list of resources"),
                "What it waits for beside what it refers to",
            ),
            Attribute::new(
                "ephemeral",
                Ty::Bool,
                "Whether it is never kept; only in modules that are called",
            )
            .or("false"),
            Attribute::new("deprecated", Ty::Text, "Why it should not be used any more").later(),
        ],
        &[Block::new(
            "precondition",
            "precondition { … }",
            "What must hold before it is shown",
        )
        .body(Body::must(CONDITION, &[]))],
    ));

/// `runtime ecs { … }`
pub const RUNTIME: Block = Block::new(
    "runtime",
    "runtime NAME { … }",
    "How services and datasets become resources on one kind of site",
)
.head(&[label("the name of the runtime")])
.body(Body::ANYTHING);

/// `data "aws_ami" "ubuntu" { … }`
pub const DATA: Block = Block::new("data", "data \"TYPE\" \"NAME\" { … }", "Something that is read")
    .head(&[label("the type of the data source"), label("its name")])
    .body(Body::ANYTHING);
/// `ephemeral "vault_secret" "x" { … }`
pub const EPHEMERAL: Block = Block::new(
    "ephemeral",
    "ephemeral \"TYPE\" \"NAME\" { … }",
    "Something that is never kept",
)
.head(&[label("the type of the resource"), label("its name")])
.body(Body::ANYTHING);
/// `module "vpc" { … }`
pub const MODULE: Block = Block::new(
    "module",
    "module \"NAME\" { source = \"./DIRECTORY\" … }",
    "A configuration inside this one",
)
.head(&[label("the name of the call")])
.body(Body::ANYTHING);
/// `moved { … }`
pub const MOVED: Block = Block::new("moved", "moved { from = …, to = … }", "A new name of something").body(Body::must(
    &[
        Attribute::new("from", Ty::Raw("an address"), "What it was called").required(),
        Attribute::new("to", Ty::Raw("an address"), "What it is called now").required(),
    ],
    &[],
));
/// `removed { … }`
pub const REMOVED: Block =
    Block::new("removed", "removed { from = … }", "Something that is given up").body(Body::must(
        &[Attribute::new(
            "from",
            Ty::Raw("an address"),
            "What: a resource or a module, without keys",
        )
        .required()],
        &[
            Block::new("lifecycle", "lifecycle { destroy = false }", "What becomes of it").body(Body::must(
                &[Attribute::new("destroy", Ty::Bool, "Whether it is destroyed, and not only forgotten").or("true")],
                &[],
            )),
            Block::new(
                "provisioner",
                "provisioner \"TYPE\" { when = destroy … }",
                "What is done before it is destroyed",
            )
            .head(&[label("the type of the provisioner")])
            .body(Body::ANYTHING),
            Block::new("connection", "connection { … }", "How its host is reached").body(Body::ANYTHING),
        ],
    ));
/// `import { … }`
pub const IMPORT: Block = Block::new(
    "import",
    "import { to = …, id = \"…\" }",
    "A live object that is taken over",
)
.body(Body::must(
    &[
        Attribute::new("to", Ty::Raw("an address"), "Under which address").required(),
        Attribute::new("id", Ty::Raw("a text"), "Its id, as the provider describes it").required(),
        Attribute::new(
            "for_each",
            Ty::Raw("a map or a set"),
            "One for each element: `each.key`, `each.value`",
        ),
        Attribute::new("provider", Ty::Raw("a provider"), "Which provider looks for it").later(),
        Attribute::new("identity", Ty::Raw("an object"), "Its identity, in place of `id`").later(),
    ],
    &[],
));
/// `check "health" { … }`
pub const CHECK: Block = Block::new(
    "check",
    "check \"NAME\" { assert { … } }",
    "What should hold; a warning where it does not",
)
.head(&[label("the name of the check")])
.body(Body::must(
    &[],
    &[
        Block::new(
            "assert",
            "assert { condition = …, error_message = \"…\" }",
            "What should hold",
        )
        .body(Body::must(CONDITION, &[])),
        Block::new(
            "data",
            "data \"TYPE\" \"NAME\" { … }",
            "Something that is read for this check alone",
        )
        .head(&[label("the type of the data source"), label("its name")])
        .body(Body::ANYTHING),
    ],
));
/// `test { … }`
pub const TEST: Block = Block::new("test", "test { … }", "A test of the configuration").later();
/// `backend local { … }`
pub const BACKEND: Block = Block::new("backend", "backend local { … }", "Where Situs keeps its state")
    .head(&[label("the name of the backend: `local`")])
    .body(Body::must(
        &[
            Attribute::new("path", Ty::Raw("a text"), "The file of the workspace `default`").or("\".situs/state.db\""),
            Attribute::new("workspaces", Ty::Raw("a text"), "The directory of all other workspaces")
                .or("\".situs/workspaces\""),
        ],
        &[],
    ));
