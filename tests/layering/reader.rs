//! Which paths of its own crate does a source file use?
//!
//! The source is read as tokens, by the lexer that procedural macros use, rather than as a syntax tree: `use` lists,
//! paths in code and paths inside macro calls are then one and the same thing (a tree leaves macro bodies unparsed), and
//! comments and strings are out of the way.

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};

/// A path into the crate: the line where it starts, and its first steps from the crate root.
pub(crate) struct Import {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// The paths into its own crate that the source of a module uses, in the order of the text.
///
/// # Errors
///
/// The source is not even a row of Rust tokens.
pub(crate) fn imports(module: &[String], source: &str) -> Result<Vec<Import>, LexError> {
    let mut reader = Reader { module: module.to_vec(), found: Vec::new() };
    reader.read(source.parse()?);
    Ok(reader.found)
}

/// Walks the tokens of one file and keeps every path that starts at `crate` or `super`.
struct Reader {
    /// The module being read, so that `super` can be resolved: `["memory", "insert"]`.
    module: Vec<String>,
    found: Vec<Import>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = &tokens[at..];
            if let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..] = rest
                && word == "mod"
                && body.delimiter() == Delimiter::Brace
            {
                self.module.push(plain(name));
                self.read(body.stream());
                self.module.pop();
                at += 3;
                continue;
            }
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let bang = usize::from(is_punct(tokens.get(at + 1), '!'));
                    if let Some(TokenTree::Group(group)) = tokens.get(at + 1 + bang)
                        && group.delimiter() == Delimiter::Bracket
                    {
                        self.read_attribute(group.stream());
                        at += 1 + bang;
                    }
                }
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Ident(word) if word == "crate" => self.read_path(rest, Vec::new()),
                TokenTree::Ident(word) if word == "super" && !follows_super(&tokens[..at]) => {
                    self.read_path(rest, parent(&self.module));
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// `tokens` starts at `crate` or `super`, which stands for `base`.
    fn read_path(&mut self, tokens: &[TokenTree], base: Vec<String>) {
        let line = tokens[0].span().start().line;
        if !(is_punct(tokens.get(1), ':') && is_punct(tokens.get(2), ':')) {
            // `crate as root` and `extern crate self` give the root another name; `pub(crate)` and the like name nothing.
            if matches!(tokens.get(1), Some(TokenTree::Ident(next)) if next == "as" || next == "self") {
                self.found.push(Import { line, path: base });
            }
            return;
        }
        match tokens.get(3) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let items: Vec<TokenTree> = group.stream().into_iter().collect();
                for item in items.split(|token| is_punct(Some(token), ',')).filter(|item| !item.is_empty()) {
                    self.read_step(item, base.clone(), item[0].span().start().line);
                }
            }
            _ => self.read_step(&tokens[3..], base, line),
        }
    }

    /// `tokens` starts at the step after `base::`.
    fn read_step(&mut self, tokens: &[TokenTree], mut base: Vec<String>, line: usize) {
        match tokens.first() {
            Some(TokenTree::Ident(word)) if word == "super" => return self.read_path(tokens, parent(&base)),
            Some(TokenTree::Ident(word)) if word != "self" => base.push(plain(word)),
            // `self`, `*`, or a macro's variable: whatever lies in `base`.
            _ => {}
        }
        self.found.push(Import { line, path: base });
    }

    /// Documentation may speak of anything; the rest of an attribute is code.
    fn read_attribute(&mut self, tokens: TokenStream) {
        if !matches!(tokens.clone().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc") {
            self.read(tokens.clone());
            self.read_strings(tokens);
        }
    }

    /// Strings in attributes may be code too: `#[serde(with = "crate::codec::base64")]`.
    fn read_strings(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.read_strings(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    if (text.starts_with("crate::") || text.starts_with("super::"))
                        && let Ok(hidden) = text.parse()
                    {
                        let before = self.found.len();
                        self.read(hidden);
                        let line = literal.span().start().line;
                        self.found[before..].iter_mut().for_each(|import| import.line = line);
                    }
                }
                _ => {}
            }
        }
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// Whether the tokens end in `super::`, so that the `super` after them was read with the first.
fn follows_super(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Ident(word), TokenTree::Punct(_), TokenTree::Punct(colon)]
        if word == "super" && colon.as_char() == ':')
}

fn plain(name: &proc_macro2::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}
