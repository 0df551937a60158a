// Error texts that name the source, as V8's do: "users.map is not a function". The engine asks for
// them when it makes such an error (glue/explain.h). Nothing here runs before.
import { describeJson } from './explain_json.js';
import { describePattern, describeSyntax } from './explain_syntax.js';
import { nodeAt, printed } from './explain_source.js';

// What is asked for: the numbers of glue/explain.h.
const [call, construct, iterate, destructure, json, circular, pattern, syntax, value] = Array(9).keys();

// A value as V8 names it where no source tells more.
export function named(value) {
  if (typeof value === 'string') {
    return value;
  }
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    return String(value);
  }
  try {
    if (typeof value === 'function') {
      return Function.prototype.toString.call(value);
    }
    const { toString } = value;
    if (toString === Object.prototype.toString) {
      const name = value.constructor?.name;
      if (typeof name === 'string' && name !== '') {
        return `#<${name}>`;
      }
    } else if (toString === Error.prototype.toString) {
      return String(value);
    }
    return Object.prototype.toString.call(value);
  } catch {
    return '#<Object>';
  }
}

const notIterable = (value) => {
  const kind = value === undefined || value === null ? '' : `${typeof value} `;
  return `${kind}${named(value)} is not iterable (cannot read property Symbol(Symbol.iterator))`;
};

// As `JSON.stringify` of V8 draws the way from an object back to itself.
function describeCircle(around, closing) {
  const start = around.indexOf(closing);
  const way = [...around.slice(start), closing];
  const keyOf = (object, child) => {
    const key = Object.keys(object).find((each) => object[each] === child);
    return Array.isArray(object) ? `index ${key}` : `property '${key}'`;
  };
  const nameOf = (object) => `object with constructor '${object.constructor?.name ?? 'Object'}'`;
  const lines = [`starting at ${nameOf(closing)}`];
  for (let i = 1; i < way.length - 1; i++) {
    lines.push(`${keyOf(way[i - 1], way[i])} -> ${nameOf(way[i])}`);
  }
  const last = `${keyOf(way.at(-2), closing)} closes the circle`;
  const middle = lines.slice(1);
  const shown = middle.length > 2 ? [middle[0], '...', middle.at(-1)] : middle;
  return ['Converting circular structure to JSON', `    --> ${lines[0]}`, ...shown.map((line) => `    |     ${line}`),
    `    --- ${last}`].join('\n');
}

export function explain(kind, file, line, column, first, second, third) {
  switch (kind) {
    case call: case construct: {
      const what = kind === call ? 'function' : 'constructor';
      const node = nodeAt(file, line, column, kind === call ? 'call' : 'construct');
      if (node === undefined) {
        return `${named(first)} is not a ${what}`;
      }
      if (node.type === 'iterator') {
        return notIterable(first);
      }
      return `${printed(node.callee)} is not a ${what}`;
    }
    case iterate: {
      const node = nodeAt(file, line, column, 'iterate');
      if (node === undefined) {
        return notIterable(first);
      }
      if (node.spread) {
        return first === undefined || first === null ? `${printed(node.source)} is not iterable (cannot read property ${first})`
          : 'Spread syntax requires ...iterable[Symbol.iterator] to be a function';
      }
      return node.source === undefined ? notIterable(first) : `${printed(node.source)} is not iterable`;
    }
    case destructure: {
      const node = nodeAt(file, line, column, 'destructure');
      if (node?.property === undefined) {
        return `Cannot destructure '${node?.source === undefined ? first : printed(node.source)}' as it is ${first}.`;
      }
      return node.nested ? `Cannot read properties of ${first} (reading '${node.property}')`
        : `Cannot destructure property '${node.property}' of '${node.source === undefined ? first : printed(node.source)}' as it is ${first}.`;
    }
    case json: return describeJson(first);
    case circular: return describeCircle(first, second);
    case pattern: return describePattern(first, second, third);
    case syntax: return describeSyntax(first, second, third)?.message;
    case value: return named(first);
    default: return undefined;
  }
}
