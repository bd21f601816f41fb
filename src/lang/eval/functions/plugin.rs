//! Functions of providers, `provider::NAME::FUNCTION`: what the schema of the provider says they take, and a call of the provider. The same
//! care as with our own: marks travel around the call, and what is not known yet makes a result that is not, unless the function copes.

use std::sync::Arc;

use situs_provider::{Function, Parameter};
use situs_value::{Marks, Type, Value, convert};

use crate::base::diagnostic::did_you_mean;
use crate::base::ports::Functions;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic};
use crate::lang::config::required::implied;
use crate::lang::eval::expr::{Evaluated, Evaluator};
use crate::lang::syntax::ast::Ident;

use super::{BAD_ARGUMENTS, CALL_FAILED, NO_FUNCTION, takes};

/// A function of a provider that cannot be had.
pub const NO_PROVIDER: Code = Code::new("E139", "a function of a provider that cannot be had");

/// Provider and function of a name; nothing where it is none of these.
pub(super) fn parts(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("provider::")?.split_once("::")
}

/// Calls one.
pub(super) fn call(
    eval: &mut Evaluator<'_>,
    name: &Ident,
    (provider, function): (&str, &str),
    values: &[(Value, Span)],
    span: Span,
) -> Evaluated {
    let source = eval.scope.provider(provider).unwrap_or_else(|| implied(provider));
    // Where no provider may be asked nothing is known.
    let Some(functions) = eval.scope.world().and_then(|w| w.functions()) else {
        return Ok(Value::unknown_dynamic());
    };
    let all = match functions.of(&source) {
        Ok(all) => all,
        Err(lines) => {
            let title = format!("the provider `{provider}` of this function cannot be had from `{source}`");
            let said = Diagnostic::error(NO_PROVIDER, title).at(name.span, "needs its provider");
            let said = lines.into_iter().fold(said, Diagnostic::note);
            return Err(eval.fail(said.help("`situs init` installs what `required_providers` names")));
        }
    };
    let Some(signature) = all.functions.get(function) else {
        let title = format!("the provider `{provider}` has no function `{function}`");
        let said = Diagnostic::error(NO_FUNCTION, title).at(name.span, "not known");
        let near = did_you_mean(function, all.functions.keys().map(AsRef::as_ref));
        return Err(eval.fail(said.help_some(near)));
    };
    let call = Call {
        name,
        function,
        source: &source,
        signature,
        functions: &*functions,
        span,
    };
    call.run(values).map_err(|said| eval.fail(*said))
}

struct Call<'c> {
    name: &'c Ident,
    function: &'c str,
    source: &'c str,
    signature: &'c Function,
    functions: &'c dyn Functions,
    span: Span,
}

impl Call<'_> {
    fn run(&self, values: &[(Value, Span)]) -> Result<Value, Box<Diagnostic>> {
        self.count(values.len())?;
        let mut marks = Marks::default();
        let mut unknown = false;
        let mut given = Vec::with_capacity(values.len());
        for (i, (value, at)) in values.iter().enumerate() {
            let parameter = self.signature.parameters.get(i).or(self.signature.variadic.as_ref());
            let Some(parameter) = parameter else { continue };
            marks = marks.or(value.marks_within());
            let value = self.argument(parameter, &value.unmarked_deep(), *at)?;
            unknown |= !parameter.unknown && !value.is_wholly_known();
            given.push(value);
        }
        if unknown {
            return Ok(Value::unknown(self.signature.returns.clone()).marked(marks));
        }
        let answer = self.functions.call(self.source, self.function, &given);
        let value = answer.map_err(|(why, at)| {
            let at = at.and_then(|i| values.get(i)).map_or(self.span, |(_, at)| *at);
            let title = format!("`{}` has no result: {}", self.name.name, why.trim_end_matches('.'));
            Box::new(Diagnostic::error(CALL_FAILED, title).at(at, "called with this"))
        })?;
        Ok(value.marked(marks))
    }

    fn argument(&self, parameter: &Parameter, value: &Value, at: Span) -> Result<Value, Box<Diagnostic>> {
        let wrong = |why: String| {
            let title = format!("`{}` does not take this for its `{}`", self.name.name, parameter.name);
            let said = Diagnostic::error(BAD_ARGUMENTS, title).at(at, why);
            Box::new(said.help(usage(&self.name.name, self.signature)))
        };
        if value.is_null() && !parameter.null {
            return Err(wrong("this is null".to_owned()));
        }
        convert(value, &parameter.ty).map_err(|e| wrong(e.to_string()))
    }

    fn count(&self, count: usize) -> Result<(), Box<Diagnostic>> {
        let least = self.signature.parameters.len();
        let most = if self.signature.variadic.is_some() {
            usize::MAX
        } else {
            least
        };
        if (least..=most).contains(&count) {
            return Ok(());
        }
        let title = format!(
            "`{}` takes {} arguments, not {count}",
            self.name.name,
            takes(least, most)
        );
        let said = Diagnostic::error(BAD_ARGUMENTS, title).at(self.span, "called here");
        Err(Box::new(said.help(usage(&self.name.name, self.signature))))
    }
}

/// `provider::x::f(a: string, b: number, c: string…) → string`
fn usage(name: &Arc<str>, signature: &Function) -> String {
    let one = |p: &Parameter| format!("{}: {}", p.name, word(&p.ty));
    let fixed = signature.parameters.iter().map(one);
    let rest = signature.variadic.iter().map(|p| format!("{}…", one(p)));
    let all: Vec<String> = fixed.chain(rest).collect();
    format!("it is `{name}({}) → {}`", all.join(", "), word(&signature.returns))
}

fn word(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "any".to_owned(),
        ty => ty.to_string(),
    }
}
