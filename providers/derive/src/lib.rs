//! `#[derive(Object)]`: a struct is the schema of a resource, of a provider's configuration, or of an object inside one.
//!
//! Documentation comments are the descriptions. Every field is a `Field<T>`, and says in `#[attr(…)]` who sets it:
//!
//! | written | means |
//! |---|---|
//! | `required` | the configuration must |
//! | `optional` | the configuration may |
//! | `computed` | the provider does |
//! | `optional, computed` | the configuration may, else the provider does |
//! | `default = EXPR` | the configuration may, else it is this |
//! | `replace` | another value needs another object |
//! | `sensitive` | it is kept out of sight |
//! | `write_only` | it is given and never kept |
//! | `deprecated = "…"` | why not to use it any more |
//! | `name = "…"` | what it is called, where that is no name of a field |

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Lit, Meta};

/// See the head of this crate.
#[proc_macro_derive(Object, attributes(attr))]
pub fn object(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    derive(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn derive(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.span(), "only a struct is a schema"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(input.span(), "the fields of a schema have names"));
    };
    let all = fields.named.iter().map(Line::read).collect::<Result<Vec<_>, _>>()?;
    let description = documentation(&input.attrs);
    let (lines, reads, writes) = (
        all.iter().map(Line::described),
        all.iter().map(Line::reads),
        all.iter().map(Line::writes),
    );
    let name = &input.ident;
    Ok(quote! {
        impl ::situs_sdk::kit::Object for #name {
            const DESCRIPTION: &'static str = #description;

            fn lines() -> ::std::vec::Vec<::situs_sdk::kit::Line> {
                ::std::vec![#(#lines),*]
            }

            fn from_object(value: &::situs_sdk::kit::Value) -> Self {
                Self { #(#reads),* }
            }

            fn to_object(&self) -> ::situs_sdk::kit::Value {
                ::situs_sdk::kit::Value::object([#(#writes),*])
            }
        }

        impl ::situs_sdk::kit::Attr for #name {
            fn kind() -> ::situs_sdk::kit::Kind {
                ::situs_sdk::kit::nested::<Self>()
            }

            fn inner() -> ::std::vec::Vec<::situs_sdk::kit::Line> {
                <Self as ::situs_sdk::kit::Object>::lines()
            }

            fn from_value(value: &::situs_sdk::kit::Value) -> ::std::option::Option<Self> {
                ::situs_sdk::kit::known_object(value)
            }

            fn to_value(&self) -> ::situs_sdk::kit::Value {
                ::situs_sdk::kit::Object::to_object(self)
            }
        }
    })
}

/// One field.
struct Line<'a> {
    field: &'a Field,
    name: String,
    description: String,
    flags: Vec<String>,
    default: Option<Expr>,
    deprecated: Option<Expr>,
}

/// What may be written alone.
const FLAGS: &[&str] = &["required", "optional", "computed", "replace", "sensitive", "write_only"];

impl<'a> Line<'a> {
    fn read(field: &'a Field) -> Result<Self, Error> {
        let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut line = Line {
            field,
            name: ident.trim_start_matches("r#").to_owned(),
            description: documentation(&field.attrs),
            flags: Vec::new(),
            default: None,
            deprecated: None,
        };
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("attr")) {
            attribute.parse_nested_meta(|meta| line.take(&meta))?;
        }
        line.makes_sense()?;
        Ok(line)
    }

    fn take(&mut self, meta: &syn::meta::ParseNestedMeta<'_>) -> Result<(), Error> {
        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match key.as_str() {
            "default" => self.default = Some(meta.value()?.parse()?),
            "deprecated" => self.deprecated = Some(meta.value()?.parse()?),
            "name" => self.name = meta.value()?.parse::<syn::LitStr>()?.value(),
            flag if FLAGS.contains(&flag) => self.flags.push(key),
            _ => return Err(meta.error(format!("one of {}, default, deprecated, name", FLAGS.join(", ")))),
        }
        Ok(())
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    fn makes_sense(&self) -> Result<(), Error> {
        let (required, optional, computed) = (self.has("required"), self.has("optional"), self.has("computed"));
        let set = required || optional || computed || self.default.is_some();
        let wrong = match () {
            () if !set => "who sets it? `required`, `optional`, `computed` or `default = …`",
            () if required && (optional || computed || self.default.is_some()) => {
                "what is required is neither optional nor computed, and has no default"
            }
            () if self.default.is_some() && computed => "what has a default is not computed",
            () if self.has("write_only") && (computed || self.default.is_some()) => {
                "what is never kept is not computed, and has no default"
            }
            () => return Ok(()),
        };
        Err(Error::new(self.field.span(), wrong))
    }

    fn mode(&self) -> TokenStream {
        let optional = self.has("optional");
        match () {
            () if self.has("required") => quote!(Required),
            () if self.default.is_some() || (optional && self.has("computed")) => quote!(OptionalComputed),
            () if optional => quote!(Optional),
            () => quote!(Computed),
        }
    }

    fn described(&self) -> TokenStream {
        let (name, description, ty, mode) = (&self.name, &self.description, &self.field.ty, self.mode());
        let (replace, sensitive, write_only) = (self.has("replace"), self.has("sensitive"), self.has("write_only"));
        let default = match &self.default {
            Some(default) => {
                quote!(::std::option::Option::Some(::situs_sdk::kit::Value::from(#default)))
            }
            None => quote!(::std::option::Option::None),
        };
        let deprecated = match &self.deprecated {
            Some(why) => quote!(::std::option::Option::Some((#why).into())),
            None => quote!(::std::option::Option::None),
        };
        quote! {
            ::situs_sdk::kit::Line {
                name: #name,
                attribute: ::situs_sdk::kit::Attribute {
                    kind: <#ty as ::situs_sdk::kit::Held>::kind(),
                    mode: ::situs_sdk::kit::Mode::#mode,
                    sensitive: #sensitive,
                    write_only: #write_only,
                    description: #description.into(),
                    deprecated: #deprecated,
                },
                inner: <#ty as ::situs_sdk::kit::Held>::inner(),
                replace: #replace,
                default: #default,
            }
        }
    }

    fn reads(&self) -> TokenStream {
        let (ident, name) = (&self.field.ident, &self.name);
        quote!(#ident: ::situs_sdk::kit::Held::of(value, #name))
    }

    fn writes(&self) -> TokenStream {
        let (ident, name) = (&self.field.ident, &self.name);
        quote!((#name, ::situs_sdk::kit::Held::value(&self.#ident)))
    }
}

/// The documentation comment, its lines joined; an empty line stays one.
fn documentation(attributes: &[Attribute]) -> String {
    let texts = attributes.iter().filter_map(|a| match &a.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let mut whole = String::new();
    for text in texts {
        match text.trim() {
            "" => whole.push_str("\n\n"),
            text => {
                if !whole.is_empty() && !whole.ends_with('\n') {
                    whole.push(' ');
                }
                whole.push_str(text);
            }
        }
    }
    whole.trim().to_owned()
}
