//! Which modules a Python program says it imports, found without running it.
//!
//! A light lexer rather than a parser: it knows strings, comments and where statements begin, and
//! takes any text in one pass without failing. What it misses costs a second start, what it finds
//! too much costs nothing but speed: either way the program gives the same result.

use std::collections::BTreeSet;

/// The modules that `source` names, with dots, in `import` and `from` statements, wherever they
/// stand, and in calls of `import_module` and `__import__` with a literal. What is imported *from*
/// a module may be a module too and counts as one.
pub fn named_modules(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut lexer = Lexer::new(source);
    while let Some(token) = lexer.next() {
        match token {
            Token::Word("import") if lexer.begins_statement => {
                // `import a.b as c, d`
                while let Some(name) = lexer.dotted_name() {
                    found.insert(name);
                    if lexer.word_is("as") {
                        lexer.identifier();
                    }
                    if !lexer.skips(b',') {
                        break;
                    }
                }
            }
            Token::Word("from") if lexer.begins_statement => {
                // A relative import begins with a dot and is no name.
                if let Some(name) = lexer.dotted_name()
                    && lexer.word_is("import")
                {
                    lexer.skips(b'(');
                    while let Some(part) = lexer.identifier_on_any_line() {
                        found.insert(format!("{name}.{part}"));
                        if lexer.word_is("as") {
                            lexer.identifier();
                        }
                        if !lexer.skips(b',') {
                            break;
                        }
                    }
                    found.insert(name);
                }
            }
            Token::Word("import_module" | "__import__") => {
                if lexer.skips(b'(')
                    && let Some(name) = lexer.literal()
                {
                    found.insert(name.to_owned());
                }
            }
            Token::Word(_) | Token::Other => {}
        }
    }
    found.remove("");
    found
}

enum Token<'a> {
    Word(&'a str),
    Other,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Whether the token taken last is the first of a statement.
    begins_statement: bool,
    /// Whether the next one is.
    at_start: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            begins_statement: false,
            at_start: true,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next word, or anything else but space, comments and strings.
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = self.peek()?;
            match byte {
                b'\n' | b'\r' | b';' | b':' => {
                    self.at_start = true;
                    self.at += 1;
                }
                b' ' | b'\t' | 0x0c => self.at += 1,
                b'\\' => self.at += 1 + usize::from(self.bytes.get(self.at + 1) == Some(&b'\n')),
                b'#' => self.skip_comment(),
                b'"' | b'\'' => {
                    self.skip_string();
                    self.at_start = false;
                }
                _ => {
                    self.begins_statement = std::mem::take(&mut self.at_start);
                    if let Some(word) = self.identifier() {
                        return Some(Token::Word(word));
                    }
                    self.at += 1;
                    return Some(Token::Other);
                }
            }
        }
    }

    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'))
            .unwrap_or(rest.len());
    }

    /// Goes behind the string that begins here, or to the end of a line that leaves it open.
    fn skip_string(&mut self) {
        let quote = self.bytes[self.at];
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at += 1,
                b'\n' if !triple => return,
                _ if byte == quote && !triple => {
                    self.at += 1;
                    return;
                }
                _ if byte == quote && self.bytes[self.at..].starts_with(&[quote; 3]) => {
                    self.at += 3;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
        // A backslash may have been the last of all.
        self.at = self.bytes.len();
    }

    fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                _ => return,
            }
        }
    }

    /// The identifier that begins here.
    fn identifier(&mut self) -> Option<&'a str> {
        self.skip_space();
        let rest = &self.bytes[self.at..];
        // All that is not ASCII counts as letters.
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        let end = rest.iter().position(|byte| !part(byte));
        let end = end.unwrap_or(rest.len());
        if end == 0 || rest[0].is_ascii_digit() {
            return None;
        }
        let word = &self.text[self.at..self.at + end];
        self.at += end;
        Some(word)
    }

    /// The dotted name that begins here.
    fn dotted_name(&mut self) -> Option<String> {
        let mut name = self.identifier()?.to_owned();
        while self.skips(b'.') {
            if let Some(part) = self.identifier() {
                name.push('.');
                name.push_str(part);
            }
        }
        Some(name)
    }

    /// The identifier that begins here, or on the next line of a list in parentheses.
    fn identifier_on_any_line(&mut self) -> Option<&'a str> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'#') => self.skip_comment(),
                _ => return self.identifier(),
            }
        }
    }

    fn word_is(&mut self, expected: &str) -> bool {
        let before = self.at;
        let is = self.identifier() == Some(expected);
        if !is {
            self.at = before;
        }
        is
    }

    fn skips(&mut self, byte: u8) -> bool {
        self.skip_space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// The text of the plain string that begins here.
    fn literal(&mut self) -> Option<&'a str> {
        self.skip_space();
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''))?;
        let start = self.at + 1;
        self.skip_string();
        let end = self.at.checked_sub(1).filter(|end| *end >= start)?;
        (self.bytes[end] == quote).then(|| &self.text[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        named_modules(source).into_iter().collect()
    }

    #[test]
    fn imports_are_found_wherever_statements_begin() {
        let source = "import a\nimport b.c as d, e\nif x: import i\n\
                      def main():\n    import j; import k\n    try:\n\timport l\n";
        assert_eq!(found(source), ["a", "b.c", "e", "i", "j", "k", "l"]);
        assert_eq!(found("import \\\n  a, \\\n b"), ["a", "b"]);
        assert_eq!(found("import a\r\nfrom b import*"), ["a", "b"]);
        assert_eq!(found("import größe"), ["größe"]);
    }

    #[test]
    fn no_text_makes_it_fail() {
        let parts = [
            "'", "\"", "\\", "\n", "é", "a", ".", "(", "#", "import ", "from ",
        ];
        for before in ["", "import_module(", "__import__('", "from a import ("] {
            for number in 0..parts.len().pow(4) {
                let mut source = before.to_owned();
                let mut rest = number;
                while rest > 0 {
                    source.push_str(parts[rest % parts.len()]);
                    rest /= parts.len();
                }
                named_modules(&source);
            }
        }
    }

    #[test]
    fn what_is_imported_from_a_module_may_be_one() {
        let source = "from a.b import c\nfrom d import (\n  e as f, # why\n  g,\n)\nimport h";
        assert_eq!(found(source), ["a.b", "a.b.c", "d", "d.e", "d.g", "h"]);
    }

    #[test]
    fn calls_with_literals_count_and_others_do_not() {
        assert_eq!(
            found("importlib.import_module('a.b'); __import__ ( \"c\" ); import_module(name)"),
            ["a.b", "c"]
        );
    }

    #[test]
    fn what_only_looks_like_an_import_is_left_alone() {
        for source in [
            "# import a",
            "x = 'import a'",
            "'''\nimport a\n'''",
            "\"\"\"\nimport a \\\"\"\"\nimport b\n\"\"\"",
            "from . import a",
            "from .a import b",
            "important = a",
            "yield from a",
            "raise X from a",
            "x.import_module('')",
            "import",
            "from",
            "from a",
            "import 1",
            "import_module('",
            "import_module('a",
        ] {
            assert!(found(source).is_empty(), "{source}");
        }
        assert_eq!(found("s = 'it\\'s'\nimport a"), ["a"]);
        assert_eq!(found("s = 'open\nimport a"), ["a"]);
        assert_eq!(found("f'{x}'; import a"), ["a"]);
        assert_eq!(found("x = {'a': 'import b'}\nimport c"), ["c"]);
    }

    #[test]
    fn any_text_is_taken_to_its_end() {
        for source in [
            "",
            "\\",
            "'\\",
            "\"\"\"",
            "'''\\",
            "é",
            "import é.ü.",
            "\u{0}'\u{0}",
        ] {
            found(source);
        }
    }
}
