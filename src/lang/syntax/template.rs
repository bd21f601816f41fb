//! Strings with holes: escapes, the indentation of `<<-`, `%{if}` and `%{for}`, and the trim marks.

use std::sync::Arc;

use crate::base::span::Span;

use super::ast::{Expr, ExprKind, Ident, Template, TemplatePart, TemplateStyle};
use super::build::Builder;
use super::parse::{Node, Nodes, Rule};
use super::recover;

/// A part before directives are put together.
enum Token {
    Text(String, Span),
    Value {
        expr: Arc<Expr>,
        trim: Trim,
    },
    If {
        condition: Arc<Expr>,
        trim: Trim,
        span: Span,
    },
    Else {
        trim: Trim,
        span: Span,
    },
    EndIf {
        trim: Trim,
        span: Span,
    },
    For {
        names: Vec<Ident>,
        collection: Arc<Expr>,
        trim: Trim,
        span: Span,
    },
    EndFor {
        trim: Trim,
        span: Span,
    },
}

/// `~` behind the opening mark, and before the closing one.
#[derive(Clone, Copy, Default)]
struct Trim {
    before: bool,
    after: bool,
}

impl Token {
    fn trim(&self) -> Trim {
        match self {
            Token::Text(..) => Trim::default(),
            Token::Value { trim, .. }
            | Token::If { trim, .. }
            | Token::Else { trim, .. }
            | Token::EndIf { trim, .. }
            | Token::For { trim, .. }
            | Token::EndFor { trim, .. } => *trim,
        }
    }
}

impl Builder {
    /// A quoted string or a heredoc.
    pub fn template(&mut self, node: Node<'_>) -> ExprKind {
        let whole = self.span(&node);
        let mut style = TemplateStyle::Quoted;
        let by_line = node.as_rule() != Rule::template;
        let mut tokens = self.tokens(node.into_inner(), &mut style, by_line);
        trim(&mut tokens);
        if let TemplateStyle::Heredoc { indented: true, .. } = style {
            unindent(&mut tokens);
        }
        let mut tokens = tokens.into_iter().peekable();
        let parts = self.parts(&mut tokens, whole, false);
        ExprKind::Template(Template { style, parts })
    }

    fn tokens(&mut self, nodes: Nodes<'_>, style: &mut TemplateStyle, by_line: bool) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut indented = false;
        for node in nodes {
            let at = self.span(&node);
            match node.as_rule() {
                Rule::heredoc_mark => indented = node.as_str() == "<<-",
                Rule::ident => {
                    *style = TemplateStyle::Heredoc {
                        tag: node.as_str().into(),
                        indented,
                    }
                }
                Rule::quoted_text | Rule::heredoc_text => {
                    text(&mut tokens, &literal(node.as_str()), raw_span(self, &node), by_line);
                }
                Rule::heredoc_nl => text(&mut tokens, "\n", raw_span(self, &node), by_line),
                Rule::escape => match escaped(node.as_str()) {
                    Some(c) => text(&mut tokens, c.encode_utf8(&mut [0; 4]), at, by_line),
                    None => self.diagnostics.push(recover::bad_escape(at, node.as_str())),
                },
                Rule::interpolation => tokens.extend(self.interpolation(node)),
                Rule::directive => tokens.extend(self.directive(node)),
                _ => {}
            }
        }
        tokens
    }

    fn interpolation(&mut self, node: Node<'_>) -> Option<Token> {
        let mut trim = Trim::default();
        let mut expr = None;
        let mut parts = node.into_inner().peekable();
        while let Some(rule) = parts.peek().map(Node::as_rule) {
            match rule {
                Rule::open_value => trim.before = parts.next()?.as_str().ends_with('~'),
                Rule::close => trim.after = parts.next()?.as_str().starts_with('~'),
                _ => expr = self.shared_expr(&mut parts),
            }
        }
        expr.map(|expr| Token::Value { expr, trim })
    }

    fn directive(&mut self, node: Node<'_>) -> Option<Token> {
        let span = self.span(&node);
        let mut trim = Trim::default();
        let mut what = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::open_control => trim.before = part.as_str().ends_with('~'),
                Rule::close => trim.after = part.as_str().starts_with('~'),
                _ => what = Some(part),
            }
        }
        let what = what?;
        Some(match what.as_rule() {
            Rule::d_if => {
                let condition = self.after_word(what.into_inner().peekable())?;
                Token::If { condition, trim, span }
            }
            Rule::d_else => Token::Else { trim, span },
            Rule::d_endif => Token::EndIf { trim, span },
            Rule::d_endfor => Token::EndFor { trim, span },
            _ => {
                let (names, collection) = self.for_names(what.into_inner().peekable());
                Token::For {
                    names,
                    collection: collection?,
                    trim,
                    span,
                }
            }
        })
    }

    /// Puts directives together until the end, or until what closes the one that is open.
    fn parts(&mut self, tokens: &mut Tokens, whole: Span, inside: bool) -> Vec<TemplatePart> {
        let mut parts = Vec::new();
        while let Some(token) = tokens.peek() {
            if inside && matches!(token, Token::Else { .. } | Token::EndIf { .. } | Token::EndFor { .. }) {
                break;
            }
            let Some(token) = tokens.next() else { break };
            match token {
                Token::Text(text, span) if !text.is_empty() => parts.push(TemplatePart::Text(text.into(), span)),
                Token::Text(..) => {}
                Token::Value { expr, .. } => parts.push(TemplatePart::Interpolation(expr)),
                Token::If { condition, span, .. } => parts.push(self.if_part(tokens, condition, span, whole)),
                Token::For {
                    names,
                    collection,
                    span,
                    ..
                } => {
                    parts.extend(self.for_part(tokens, names, collection, span, whole));
                }
                Token::Else { span, .. } | Token::EndIf { span, .. } | Token::EndFor { span, .. } => {
                    self.diagnostics.push(recover::stray_directive(span));
                }
            }
        }
        parts
    }

    fn if_part(&mut self, tokens: &mut Tokens, condition: Arc<Expr>, span: Span, whole: Span) -> TemplatePart {
        let then = self.parts(tokens, whole, true);
        let mut otherwise = Vec::new();
        if tokens.next_if(|t| matches!(t, Token::Else { .. })).is_some() {
            otherwise = self.parts(tokens, whole, true);
        }
        if tokens.next_if(|t| matches!(t, Token::EndIf { .. })).is_none() {
            self.diagnostics.push(recover::open_directive(span, "if", "endif"));
        }
        TemplatePart::If {
            condition,
            then,
            otherwise,
        }
    }

    fn for_part(
        &mut self,
        tokens: &mut Tokens,
        mut names: Vec<Ident>,
        collection: Arc<Expr>,
        span: Span,
        whole: Span,
    ) -> Option<TemplatePart> {
        let body = self.parts(tokens, whole, true);
        if tokens.next_if(|t| matches!(t, Token::EndFor { .. })).is_none() {
            self.diagnostics.push(recover::open_directive(span, "for", "endfor"));
        }
        let value = names.pop()?;
        Some(TemplatePart::For {
            key: names.pop(),
            value,
            collection,
            body,
        })
    }
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

/// The span of text, blanks at its end included.
fn raw_span(builder: &Builder, node: &Node<'_>) -> Span {
    let at = node.as_span();
    super::split::span(builder.source, builder.base + at.start(), builder.base + at.end())
}

fn literal(text: &str) -> String {
    text.replace("$${", "${").replace("%%{", "%{").replace("\r\n", "\n")
}

/// Adds text. Of a heredoc and of a file, every line is a token of its own: indentation and trim marks go by lines there.
fn text(tokens: &mut Vec<Token>, more: &str, at: Span, by_line: bool) {
    match tokens.last_mut() {
        Some(Token::Text(text, span)) if !(by_line && text.ends_with('\n')) => {
            text.push_str(more);
            *span = span.to(at);
        }
        _ => tokens.push(Token::Text(more.to_owned(), at)),
    }
}

fn escaped(text: &str) -> Option<char> {
    let mut chars = text.chars().skip(1);
    match chars.next()? {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        '"' => Some('"'),
        '\\' => Some('\\'),
        'u' | 'U' => u32::from_str_radix(&chars.collect::<String>(), 16)
            .ok()
            .and_then(char::from_u32),
        _ => None,
    }
}

/// Takes the indentation of the least indented line from every line; blank lines stay as they are and do not count. A line that a trim
/// mark has joined to the one before starts nowhere.
fn unindent(tokens: &mut [Token]) {
    let starts = line_starts(tokens);
    let indents = starts.iter().filter_map(|i| tokens.get(*i)).map(indent);
    let least = indents.min().unwrap_or(0);
    for i in starts {
        if let Some(Token::Text(text, _)) = tokens.get_mut(i) {
            *text = text.get(least..).unwrap_or("").to_owned();
        }
    }
}

/// How far a line is indented that starts with this token: not at all where that is a hole.
fn indent(token: &Token) -> usize {
    match token {
        Token::Text(text, _) => text.len() - text.trim_start().len(),
        _ => 0,
    }
}

/// The tokens that start a line, those of blank lines left out.
fn line_starts(tokens: &[Token]) -> Vec<usize> {
    let mut start = true;
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let text = match token {
            Token::Text(text, _) => text.as_str(),
            _ => "",
        };
        let ends = text.ends_with('\n');
        if std::mem::replace(&mut start, ends) && !(ends && text.trim().is_empty()) {
            found.push(i);
        }
    }
    found
}

/// `~` takes the blanks and the line end of the text on its side.
fn trim(tokens: &mut [Token]) {
    for i in 0..tokens.len() {
        let trim = tokens.get(i).map(Token::trim).unwrap_or_default();
        if let Some(Token::Text(text, _)) = tokens.get_mut(i.wrapping_sub(1)).filter(|_| trim.before) {
            *text = text.trim_end().to_owned();
        }
        if let Some(Token::Text(text, _)) = tokens.get_mut(i + 1).filter(|_| trim.after) {
            *text = text.trim_start().to_owned();
        }
    }
}
