// What V8 says of a source that does not parse, and where it points. Acorn finds the fault; what it
// calls it is put in V8's words.
import { Parser, tokTypes } from 'acorn';
import { options } from './explain_source.js';

class Fault {
  constructor(message, start, end) {
    Object.assign(this, { message, start, end });
  }
}

// Acorn's words (their beginning) and V8's.
const words = [
  [/^Unterminated string constant|^Unexpected character|^Identifier directly after number|^Invalid number|^Expected number in radix/,
    'Invalid or unexpected token'],
  [/^Unterminated regular expression/, 'Invalid regular expression: missing /'],
  [/^Invalid regular expression flag|^Duplicate regular expression flag/, 'Invalid regular expression flags'],
  [/^Numeric separator is not allowed at the last/, 'Numeric separators are not allowed at the end of numeric literals'],
  [/^Numeric separator is not allowed/, 'Only one underscore is allowed as numeric separator'],
  [/^Code point out of bounds/, 'Undefined Unicode code-point'],
  [/^Octal literal in strict mode/, 'Octal literals are not allowed in strict mode.'],
  [/^Missing catch or finally clause/, 'Missing catch or finally after try'],
  [/^'return' outside of function/, 'Illegal return statement'],
  [/^Export '(.*)' is not defined/, "Export '$1' is not defined in module"],
  [/^Duplicate export 'default'/, "Identifier '.default' has already been declared"],
  [/^Duplicate export '(.*)'/, "Duplicate export of '$1'"],
  [/^An export name cannot include a lone surrogate/, 'Invalid module export name: contains unpaired surrogate'],
  [/^Unsyntactic break/, 'Illegal break statement'],
  [/^Unsyntactic continue/, 'Illegal continue statement: no surrounding iteration statement'],
  [/^Duplicate constructor/, 'A class may only have one constructor'],
  [/^Deleting local variable/, 'Delete of an unqualified identifier in strict mode.'],
  [/^'with' in strict mode/, 'Strict mode code may not include a with statement'],
  [/^Argument name clash/, 'Duplicate parameter name not allowed in this context'],
  [/^'super' keyword outside|^super\(\) call outside/, "'super' keyword unexpected here"],
  [/^Label '(.*)' is already declared/, "Label '$1' has already been declared"],
  [/^Complex binding patterns require/, 'Missing initializer in destructuring declaration'],
  [/^Optional chaining cannot appear in left-hand|^Assigning to rvalue|^Parenthesized pattern/, 'Invalid left-hand side in assignment'],
  [/^(Binding|Assigning to) (eval|arguments) in strict mode/, 'Unexpected eval or arguments in strict mode'],
  [/^Cannot use keyword 'await' outside|^Awaiting in|^Cannot use 'await'/,
    'await is only valid in async functions and the top level bodies of modules'],
  [/^The keyword 'enum' is reserved/, 'Unexpected reserved word'],
  [/^The keyword '.*' is reserved/, 'Unexpected strict mode reserved word'],
  [/^Unexpected keyword '(.*)'/, "Unexpected token '$1'"],
];

const wordAt = /[\p{ID_Continue}$]+|\.\.\.|\S/uy;

class Strict extends Parser {
  fail(message, start = this.start, end = undefined) {
    if (end === undefined) {
      wordAt.lastIndex = start;
      end = start + (wordAt.exec(this.input)?.[0].length ?? 1);
    }
    throw new Fault(message, start, end);
  }

  raise(at, message) {
    const { input } = this;
    if (message.startsWith('Assigning to rvalue') && /^\s*(\+\+|--)/.test(input.slice(this.lastTokEnd))) {
      this.fail('Invalid left-hand side expression in postfix operation', at, this.lastTokEnd);
    }
    if (/^'import' and 'export'/.test(message)) {
      this.fail(input.startsWith('import', at) ? 'Cannot use import statement outside a module' : "Unexpected token 'export'", at);
    }
    if (message.startsWith('Bad character escape')) {
      this.fail(input[at - 1] === 'x' || input[at] === 'x' ? 'Invalid hexadecimal escape sequence' : 'Invalid Unicode escape sequence', at);
    }
    if (message.startsWith('Invalid regular expression: ')) {
      this.fail(message, this.start, this.pos);
    }
    if (message.startsWith('Unterminated template')) {
      this.fail('Unexpected end of input', input.length, input.length);
    }
    if (message.endsWith('has already been declared')) {
      this.fail(message, at, at + 1);
    }
    if (message.startsWith('Invalid number') && /^0\d/.test(input.slice(at))) {
      this.fail('Octal literals are not allowed in strict mode.', at);
    }
    if (message.startsWith('Logical expressions and coalesce')) {
      this.fail(`Unexpected token '${input.slice(this.start, this.end)}'`);
    }
    for (const [pattern, text] of words) {
      const match = pattern.exec(message);
      if (match !== null) {
        const whole = message.startsWith('Assigning') || message.startsWith('Optional chaining') ? this.lastTokEnd : undefined;
        this.fail(text.replace('$1', match[1]), at, whole !== undefined && whole > at ? whole : undefined);
      }
    }
    this.fail(message.replace(/ \(\d+:\d+\)$/, ''), at);
  }

  raiseRecoverable(at, message) {
    this.raise(at, message);
  }

  unexpected(at = this.start) {
    const before = this.input.slice(this.lastTokStart, this.lastTokEnd);
    if (at === this.lastTokStart && before === '**') {
      this.fail('Unary operator used immediately before exponentiation expression. Parenthesis must be used to disambiguate ' +
        'operator precedence', at);
    }
    if (before === 'await') {
      this.fail('await is only valid in async functions and the top level bodies of modules', this.lastTokStart, this.lastTokEnd);
    }
    if (before === 'function' && this.type === tokTypes.parenL) {
      this.fail('Function statements require a function name');
    }
    if (this.declared?.end === this.lastTokEnd && this.declared.kind === 'const' && this.type !== tokTypes.name) {
      this.fail(`Missing initializer in ${this.declared.pattern ? 'destructuring' : 'const'} declaration`, this.declared.start,
        this.declared.end);
    }
    if (before === 'let' && this.type === tokTypes.name) {
      this.fail('Lexical declaration cannot appear in a single-statement context', this.lastTokStart, this.lastTokEnd);
    }
    if (at !== this.start && !this.input.startsWith('await', at)) {
      wordAt.lastIndex = at;
      this.fail(`Unexpected token '${wordAt.exec(this.input)?.[0] ?? ''}'`, at);
    }
    const text = this.input.slice(this.start, this.end);
    switch (this.type) {
      case tokTypes.eof: return this.fail('Unexpected end of input', this.input.length, this.input.length);
      case tokTypes.name:
        return this.fail(text === 'enum' ? 'Unexpected reserved word' : `Unexpected identifier '${text}'`);
      case tokTypes.privateId:
        return this.fail(/[\w$)\]]$/.test(before) ? `Unexpected identifier '${text}'`
          : `Private field '${text}' must be declared in an enclosing class`);
      case tokTypes.num:
        if (this.start === this.lastTokEnd && /\d$/.test(before)) {
          return this.fail('Invalid or unexpected token');
        }
        return this.fail('Unexpected number', this.start, this.end);
      case tokTypes.string: return this.fail('Unexpected string', this.start, this.end);
      case tokTypes.template: case tokTypes.backQuote: return this.fail('Unexpected template string', this.start, this.end);
      case tokTypes.regexp: return this.fail('Unexpected regular expression', this.start, this.end);
      default: return this.fail(`Unexpected token '${text}'`, this.start, this.end);
    }
  }

  expect(type) {
    if (this.type !== type) {
      if (type === tokTypes.comma && this.list === tokTypes.parenR) {
        this.fail('missing ) after argument list', this.lastTokStart, this.lastTokEnd);
      }
      if (type === tokTypes.braceR && this.inTemplate) {
        this.fail('Missing } in template expression', this.lastTokStart, this.lastTokEnd);
      }
    }
    super.expect(type);
  }

  within(name, value, parse) {
    const before = this[name];
    this[name] = value;
    const result = parse();
    this[name] = before;
    return result;
  }

  parseExprList(close, ...rest) {
    return this.within('list', close, () => super.parseExprList(close, ...rest));
  }

  parseObj(...values) {
    return this.within('list', tokTypes.braceR, () => super.parseObj(...values));
  }

  parseParenAndDistinguishExpression(...values) {
    return this.within('list', undefined, () => super.parseParenAndDistinguishExpression(...values));
  }

  parseTemplate(...values) {
    return this.within('inTemplate', true, () => super.parseTemplate(...values));
  }

  parseFunctionBody(...values) {
    return this.within('inTemplate', false, () => this.within('list', undefined, () => super.parseFunctionBody(...values)));
  }

  parseVarId(declaration, kind) {
    super.parseVarId(declaration, kind);
    this.declared = { kind, pattern: declaration.id.type !== 'Identifier', start: declaration.id.start, end: this.lastTokEnd };
  }
}

const [script, module, commonJs] = [0, 1, 2];

// { message, start, end } with offsets in the source; undefined when acorn finds nothing wrong.
export function describeSyntax(source, kind) {
  try {
    Strict.parse(source, {
      ...options,
      sourceType: kind === module ? 'module' : 'script',
      allowReturnOutsideFunction: kind === commonJs,
      allowAwaitOutsideFunction: kind === module,
      allowSuperOutsideMethod: false,
    });
  } catch (fault) {
    if (fault instanceof Fault) {
      return fault;
    }
  }
  return undefined;
}

export { commonJs, module, script };

// What V8 says of a regular expression.
export function describePattern(source, flags, engines) {
  const text = typeof source === 'string' ? source : String(source);
  const shown = typeof flags === 'string' ? flags : '';
  const start = `Invalid regular expression: /${text}/${shown}: `;
  const escaped = text.replace(/\n/g, '\\n').replace(/\\.|\//gs, (part) => (part === '/' ? '\\/' : part));
  const message = describeSyntax(`/${escaped || '(?:)'}/${shown}`, script)?.message ?? '';
  const match = /^Invalid regular expression: \/[^]*\/[a-z]*: ([^]*)$/.exec(message);
  if (match !== null) {
    // V8 has a name of its own for what repeats a look behind.
    return start + (match[1] === 'Nothing to repeat' && /\(\?<[=!][^()]*\)[*+?{]/.test(text) ? 'Invalid quantifier' : match[1]);
  }
  if (/missing \/$|^Invalid or unexpected/.test(message)) {
    return start + (/(^|[^\\])(\\\\)*\\$/.test(text) ? '\\ at end of pattern' : 'Unterminated character class');
  }
  return start + engines;
}
