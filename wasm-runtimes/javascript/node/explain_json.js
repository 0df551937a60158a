// What V8 11 says of a text that is not JSON.

const context = 10; // characters shown before and after, and of a short text all of it twice over

function unexpected(text, at) {
  if (at >= text.length) {
    return 'Unexpected end of JSON input';
  }
  const character = text[at];
  if (character === '"') {
    return `Unexpected string in JSON at position ${at}`;
  }
  if (/[-\d]/.test(character)) {
    return `Unexpected number in JSON at position ${at}`;
  }
  if (text === 'undefined' || text === 'NaN' || text === 'Infinity' || text === '[object Object]') {
    return `"${text}" is not valid JSON`;
  }
  let shown = `"${text}"`;
  if (text.length > 4 * context) {
    const start = at < context ? 0 : at - context;
    const end = at >= text.length - context ? text.length : at + context;
    shown = `${start === 0 ? '' : '...'}"${text.slice(start, end)}"${end === text.length ? '' : '...'}`;
  }
  return `Unexpected token '${character}', ${shown} is not valid JSON`;
}

class Fault {
  constructor(message) {
    this.message = message;
  }
}

// Reads as V8 does, up to the first fault.
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(what, at = this.at) {
    throw new Fault(what === undefined ? unexpected(this.text, at) : `${what} in JSON at position ${at}`);
  }

  space() {
    while (' \t\n\r'.includes(this.text[this.at] || 'x')) {
      this.at++;
    }
  }

  value() {
    this.space();
    const character = this.text[this.at];
    if (character === '{') {
      this.object();
    } else if (character === '[') {
      this.array();
    } else if (character === '"') {
      this.string();
    } else if (character !== undefined && /[-\d]/.test(character)) {
      this.number();
    } else {
      const word = ['true', 'false', 'null'].find((each) => each[0] === character);
      if (word === undefined) {
        this.fail();
      }
      for (const letter of word) {
        if (this.text[this.at] !== letter) {
          this.fail();
        }
        this.at++;
      }
    }
    this.space();
  }

  object() {
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return;
    }
    for (let first = true; ; first = false) {
      this.space();
      if (this.text[this.at] !== '"') {
        this.fail(first ? "Expected property name or '}'" : 'Expected double-quoted property name');
      }
      this.string();
      this.space();
      if (this.text[this.at] !== ':') {
        this.fail("Expected ':' after property name");
      }
      this.at++;
      this.value();
      if (this.text[this.at] === '}') {
        this.at++;
        return;
      }
      if (this.text[this.at] !== ',') {
        this.fail("Expected ',' or '}' after property value");
      }
      this.at++;
    }
  }

  array() {
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return;
    }
    for (;;) {
      this.value();
      if (this.text[this.at] === ']') {
        this.at++;
        return;
      }
      if (this.text[this.at] !== ',') {
        this.fail("Expected ',' or ']' after array element");
      }
      this.at++;
    }
  }

  string() {
    for (this.at++; ; this.at++) {
      const character = this.text[this.at];
      if (character === undefined) {
        this.fail('Unterminated string');
      } else if (character === '"') {
        this.at++;
        return;
      } else if (character < ' ') {
        this.fail('Bad control character in string literal');
      } else if (character === '\\') {
        this.at++;
        const escaped = this.text[this.at];
        if (escaped === undefined) {
          this.fail('Unterminated string');
        } else if (escaped === 'u') {
          for (let i = 0; i < 4; i++) {
            if (!/[\da-fA-F]/.test(this.text[++this.at] ?? '')) {
              this.fail(this.at >= this.text.length ? 'Bad Unicode escape' : 'Bad Unicode escape');
            }
          }
        } else if (!'"\\/bfnrt'.includes(escaped)) {
          this.fail('Bad escaped character');
        }
      }
    }
  }

  number() {
    const digits = (what) => {
      if (!/\d/.test(this.text[this.at] ?? '')) {
        this.fail(what);
      }
      while (/\d/.test(this.text[this.at] ?? '')) {
        this.at++;
      }
    };
    if (this.text[this.at] === '-') {
      this.at++;
      if (!/\d/.test(this.text[this.at] ?? '')) {
        this.fail('No number after minus sign');
      }
    }
    if (this.text[this.at] === '0') {
      this.at++;
      if (/\d/.test(this.text[this.at] ?? '')) {
        this.fail('Unexpected number');
      }
    } else {
      digits();
    }
    if (this.text[this.at] === '.') {
      this.at++;
      digits('Unterminated fractional number');
    }
    if (/[eE]/.test(this.text[this.at] ?? '')) {
      this.at++;
      if (/[-+]/.test(this.text[this.at] ?? '')) {
        this.at++;
      }
      digits('Exponent part is missing a number');
    }
  }

  whole() {
    this.value();
    if (this.at < this.text.length) {
      this.fail('Unexpected non-whitespace character after JSON');
    }
  }
}

// The message and, where V8 knows one, the place.
export function jsonFault(text) {
  const reader = new Reader(text);
  try {
    reader.whole();
  } catch (fault) {
    if (fault instanceof Fault) {
      return { message: fault.message.replace('after JSON in JSON', 'after JSON'), at: reader.at };
    }
    throw fault;
  }
  return undefined;
}

// The last text that was at fault, by its message.
export const lastJson = new Map();

export function describeJson(text) {
  const message = jsonFault(text)?.message;
  lastJson.clear();
  lastJson.set(message, text);
  return message;
}
