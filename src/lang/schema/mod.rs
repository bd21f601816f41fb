//! What every construct is: the words of blocks, clauses and attributes, the forms of their heads, the types of their values, and what
//! each means. One description serves the checker (`config/check`), the decoders (`config/blocks`), suggestions and the reference
//! pages. The descriptions themselves stand with the code that uses their values, in `config/blocks/<kind>.rs`.
//!
//! A block and a clause are one thing here, a [`Block`]: a word, a head and maybe a body. What must have a body is called a block in
//! messages, the rest a clause. [`head`] holds a statement's operands against a head, [`words`] writes operands out again.

pub mod head;
pub mod ty;
pub mod words;

pub use ty::{Thing, Ty};

/// A block or a clause.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Its first word.
    pub word: &'static str,
    /// How it is written, for help lines and the reference.
    pub usage: &'static str,
    /// What it is, in one sentence without a full stop.
    pub about: &'static str,
    /// What follows the word.
    pub head: &'static [Part],
    /// What stands between its braces.
    pub body: Body,
    /// How often it may stand in one body.
    pub occurs: Occurs,
    /// Whether this version carries it out.
    pub support: Support,
}

/// How often something may be written in one body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    /// At most once.
    Once,
    /// Any number of times.
    Often,
}

/// Whether this version carries something out. What it does not carry out it refuses: nothing is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It does.
    Now,
    /// A later version will.
    Later,
}

/// One piece of a head.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Under which name the decoder finds it; empty for fixed words.
    pub name: &'static str,
    /// What it looks like.
    pub form: Form,
}

/// What a piece of a head looks like.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// The name that the block gives to its thing, bare or quoted.
    Declares(Thing),
    /// A label that names nothing outside of its body, bare or quoted; what it is, with its article.
    Label(&'static str),
    /// A fixed word.
    Word(&'static str),
    /// A fixed word that may be absent.
    Flag(&'static str),
    /// One value.
    Value(Ty),
    /// Values with commas between them.
    List(Ty),
    /// Places with `|`, `&`, `-` and commas between them.
    Places,
    /// `a -- b`, `a -> b`
    Link,
    /// Whatever stands up to the next fixed word; its own reader knows it.
    Open(&'static str),
    /// Pieces that are there if the first of them, a fixed word, is.
    Optional(&'static [Part]),
}

/// What stands between braces.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// Whether there are braces.
    pub braces: Braces,
    /// The attributes.
    pub attributes: &'static [Attribute],
    /// The blocks and clauses.
    pub blocks: &'static [Block],
    /// What else may stand there.
    pub rest: Rest,
}

/// Whether a statement has braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Braces {
    /// Never.
    Never,
    /// If there is something to say.
    May,
    /// Always.
    Must,
}

/// What may stand in a body beside what its description names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing.
    Nothing,
    /// Attributes of any name.
    Attributes,
    /// Anything: it is read elsewhere (a provider's schema, a runtime).
    Anything,
}

/// An attribute.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub ty: Ty,
    /// What it means, in one sentence without a full stop.
    pub about: &'static str,
    /// What it is where it is not written.
    pub default: Default,
    /// Whether this version carries it out.
    pub support: Support,
}

/// What an attribute is where it is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// It must be written.
    Required,
    /// Absent; what that means its description says.
    Absent,
    /// This value, as one would write it.
    Is(&'static str),
}

impl Block {
    /// A block or clause without a head and without a body.
    pub const fn new(word: &'static str, usage: &'static str, about: &'static str) -> Self {
        Self {
            word,
            usage,
            about,
            head: &[],
            body: Body::NONE,
            occurs: Occurs::Often,
            support: Support::Now,
        }
    }

    /// The same with a head.
    #[must_use]
    pub const fn head(mut self, head: &'static [Part]) -> Self {
        self.head = head;
        self
    }

    /// The same with a body.
    #[must_use]
    pub const fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The same, at most once in a body.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.occurs = Occurs::Once;
        self
    }

    /// The same, of a later version.
    #[must_use]
    pub const fn later(mut self) -> Self {
        self.support = Support::Later;
        self
    }

    /// `block` or `clause`: as messages call it.
    pub fn noun(&self) -> &'static str {
        match self.body.braces {
            Braces::Must => "block",
            Braces::May | Braces::Never => "clause",
        }
    }

    /// What it declares, if anything.
    pub fn declares(&self) -> Option<Thing> {
        self.head.iter().find_map(|part| match part.form {
            Form::Declares(thing) => Some(thing),
            _ => None,
        })
    }
}

impl Body {
    /// No braces.
    pub const NONE: Self = Self {
        braces: Braces::Never,
        attributes: &[],
        blocks: &[],
        rest: Rest::Nothing,
    };

    /// Braces with anything between them, read elsewhere.
    pub const ANYTHING: Self = Self {
        braces: Braces::Must,
        rest: Rest::Anything,
        ..Self::NONE
    };

    /// Braces with attributes of any name.
    pub const ANY_ATTRIBUTES: Self = Self {
        braces: Braces::Must,
        rest: Rest::Attributes,
        ..Self::NONE
    };

    /// Braces that must be there.
    pub const fn must(attributes: &'static [Attribute], blocks: &'static [Block]) -> Self {
        Self {
            braces: Braces::Must,
            attributes,
            blocks,
            rest: Rest::Nothing,
        }
    }

    /// Braces that may be there.
    pub const fn may(attributes: &'static [Attribute]) -> Self {
        Self {
            braces: Braces::May,
            attributes,
            ..Self::NONE
        }
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// The block or clause of that word.
    pub fn block(&self, word: &str) -> Option<&'static Block> {
        self.blocks.iter().find(|b| b.word == word)
    }

    /// Every word that may start an item.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        let attributes = self.attributes.iter().map(|a| a.name);
        attributes.chain(self.blocks.iter().map(|b| b.word))
    }
}

impl Attribute {
    /// An attribute that may be absent.
    pub const fn new(name: &'static str, ty: Ty, about: &'static str) -> Self {
        Self {
            name,
            ty,
            about,
            default: Default::Absent,
            support: Support::Now,
        }
    }

    /// The same with a default, as one would write it.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Default::Is(default);
        self
    }

    /// The same, but it must be written.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.default = Default::Required;
        self
    }

    /// The same, of a later version.
    #[must_use]
    pub const fn later(mut self) -> Self {
        self.support = Support::Later;
        self
    }
}

impl Part {
    /// A piece that the decoder finds under a name.
    pub const fn new(name: &'static str, form: Form) -> Self {
        Self { name, form }
    }

    /// The name of a declared thing.
    pub const fn declares(thing: Thing) -> Self {
        Self::new("name", Form::Declares(thing))
    }

    /// A fixed word.
    pub const fn word(word: &'static str) -> Self {
        Self::new("", Form::Word(word))
    }

    /// What is expected, as messages say it.
    pub fn expected(&self) -> String {
        match self.form {
            Form::Declares(thing) => format!("the name of the {}", thing.word()),
            Form::Label(what) | Form::Open(what) => what.to_owned(),
            Form::Word(word) | Form::Flag(word) => format!("`{word}`"),
            Form::Value(ty) => ty.noun(),
            Form::List(ty) => format!("{}, or several with commas between them", ty.noun()),
            Form::Places => Ty::Places.noun(),
            Form::Link => "two sites with `--` or `->` between them".to_owned(),
            Form::Optional(parts) => parts.first().map(Self::expected).unwrap_or_default(),
        }
    }
}
