//! The blocks of a test file.

use crate::lang::schema::{Attribute, Block, Body, Form, Part, Ty};

/// The verdicts that a run may expect.
pub const VERDICTS: [&str; 3] = ["proved", "violated", "not_provable"];

const VARIABLES: Block = Block::new("variables", "variables { … }", "Values of variables").body(Body::ANY_ATTRIBUTES);

const ASSERT: Block = Block::new(
    "assert",
    "assert { condition = …, error_message = \"…\" }",
    "What must hold after the run",
)
.body(Body::must(
    &[
        Attribute::new("condition", Ty::Raw("a condition"), "What must hold").required(),
        Attribute::new("error_message", Ty::Raw("a text"), "What is said where it does not").required(),
    ],
    &[],
));

const RUN: Block = Block::new(
    "run",
    "run \"NAME\" { … }",
    "One step: a plan or an apply, and what must hold then",
)
.head(&[Part::new("name", Form::Label("the name of the run"))])
.body(Body::must(
    &[
        Attribute::new("command", Ty::Word(&["plan", "apply"]), "What is done").or("apply"),
        Attribute::new(
            "expect_failures",
            Ty::Raw("a list of references"),
            "What must fail, such as a variable's validation",
        ),
        Attribute::new("expect_verdict", Ty::Word(&VERDICTS), "Whether the law must hold").or("proved"),
        Attribute::new(
            "expect_findings",
            Ty::Raw("a list of codes"),
            "The codes of what the law finds, all of them",
        ),
        Attribute::new("plan_options", Ty::Raw("an object"), "How it is planned").later(),
        Attribute::new("providers", Ty::Raw("an object"), "Which providers are used").later(),
        Attribute::new("state_key", Ty::Text, "Which state is used").later(),
        Attribute::new("parallel", Ty::Bool, "Whether it may run beside others").later(),
    ],
    &[
        VARIABLES.once(),
        ASSERT,
        Block::new("module", "module { source = \"…\" }", "Another module to run").later(),
        Block::new("plan_options", "plan_options { … }", "How it is planned").later(),
        Block::new("override_resource", "override_resource { … }", "Values of one resource").later(),
        Block::new("override_data", "override_data { … }", "Values of one data source").later(),
        Block::new("override_module", "override_module { … }", "Outputs of one module").later(),
    ],
));

const MOCK_RESOURCE: Block = Block::new(
    "mock_resource",
    "mock_resource \"TYPE\" { defaults = { … } }",
    "What the mock gives for attributes that a provider sets",
)
.head(&[Part::new("type", Form::Label("the resource type"))])
.body(Body::must(
    &[Attribute::new("defaults", Ty::Raw("an object"), "The values, by attribute").required()],
    &[],
));

const MOCK_DATA: Block = Block {
    word: "mock_data",
    usage: "mock_data \"TYPE\" { defaults = { … } }",
    about: "The same for data sources",
    ..MOCK_RESOURCE
};

const MOCK_PROVIDER: Block = Block::new(
    "mock_provider",
    "mock_provider \"NAME\" { … }",
    "A provider that only pretends: it makes nothing, and gives values of the right types",
)
.head(&[Part::new("name", Form::Label("the name of the provider"))])
.body(Body::must(
    &[
        Attribute::new("alias", Ty::Text, "Another one of the same name").later(),
        Attribute::new("source", Ty::Text, "A directory of mocks").later(),
        Attribute::new("override_during", Ty::Text, "When values are given").later(),
    ],
    &[
        MOCK_RESOURCE,
        MOCK_DATA,
        Block::new("override_resource", "override_resource { … }", "Values of one resource").later(),
        Block::new("override_data", "override_data { … }", "Values of one data source").later(),
    ],
));

/// All of them.
pub static BLOCKS: &[Block] = &[
    VARIABLES,
    MOCK_PROVIDER,
    RUN,
    Block::new("provider", "provider \"NAME\" { … }", "How a provider is configured").later(),
    Block::new("override_resource", "override_resource { … }", "Values of one resource").later(),
    Block::new("override_data", "override_data { … }", "Values of one data source").later(),
    Block::new("override_module", "override_module { … }", "Outputs of one module").later(),
    Block::new("test", "test { … }", "How the runs go").later(),
];
