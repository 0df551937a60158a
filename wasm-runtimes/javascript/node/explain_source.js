// What stands at a place of a program, and how V8 prints an expression in messages.
import { Parser } from 'acorn';
import { sources } from './sources.js';

// Larger sources are not worth the time that reading them takes.
const LARGEST = 300_000;

// Per source: a map from 'kind:line:column' (from 1) to what is there.
const places = new Map();

export const options = {
  ecmaVersion: 'latest', allowReturnOutsideFunction: true, allowHashBang: true, allowSuperOutsideMethod: true,
  allowAwaitOutsideFunction: false, allowImportExportEverywhere: false,
};

export function parse(text) {
  try {
    return Parser.parse(text, { ...options, sourceType: 'script' });
  } catch {
    return Parser.parse(text, { ...options, sourceType: 'module', allowAwaitOutsideFunction: true });
  }
}

function index(text) {
  const tree = parse(text);
  const found = new Map();
  const starts = [0];
  for (const match of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    starts.push(match.index + match[0].length);
  }
  const put = (kind, offset, what) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) {
        low = middle;
      } else {
        high = middle;
      }
    }
    const key = `${kind}:${low + 1}:${offset - starts[low] + 1}`;
    if (!found.has(key)) {
      found.set(key, what);
    }
  };

  // The place of a call is its last name, or else the parenthesis.
  const callPlace = (node) => {
    const { callee } = node;
    if (callee.type === 'Identifier') {
      return callee.start;
    }
    if (callee.type === 'MemberExpression' && !callee.computed) {
      return callee.property.start;
    }
    return node.type === 'TaggedTemplateExpression' ? node.quasi.start : text.indexOf('(', callee.end);
  };
  const target = (pattern, source, nested) => {
    if (pattern?.type === 'ObjectPattern') {
      const [first] = pattern.properties;
      const property = first?.type === 'Property' && !first.computed ? first.key.name ?? first.key.value : undefined;
      put('destructure', first?.start ?? pattern.end - 1, { source, nested, property });
      for (const each of pattern.properties) {
        target(each.type === 'Property' ? each.value : each.argument, undefined, true);
      }
    } else if (pattern?.type === 'ArrayPattern') {
      put('iterate', pattern.start, { source });
      pattern.elements.forEach((each) => each && target(each, undefined, false));
    } else if (pattern?.type === 'AssignmentPattern') {
      target(pattern.left, source, nested);
    } else if (pattern?.type === 'RestElement') {
      target(pattern.argument, undefined, nested);
    }
  };

  const visit = (node) => {
    switch (node.type) {
      case 'CallExpression':
        put('call', callPlace(node), node);
        spreads(node.arguments, callPlace(node));
        break;
      case 'NewExpression':
        put('construct', node.start, node);
        spreads(node.arguments, node.start);
        break;
      case 'TaggedTemplateExpression':
        put('call', node.quasi.start, { callee: node.tag });
        break;
      case 'ArrayExpression':
        for (const each of node.elements) {
          if (each?.type === 'SpreadElement') {
            put('iterate', each.argument.start, { source: each.argument });
          }
        }
        break;
      case 'ForOfStatement':
        put('iterate', node.right.start, { source: node.right });
        target(node.left.type === 'VariableDeclaration' ? node.left.declarations[0].id : node.left,
          { type: 'Raw', text: '.for' }, false);
        break;
      case 'YieldExpression':
        if (node.delegate) {
          put('iterate', node.argument.start, { source: undefined });
        }
        break;
      case 'VariableDeclarator':
        if (node.init) {
          target(node.id, node.init, false);
        }
        break;
      case 'AssignmentExpression':
        target(node.left, node.right, false);
        break;
      case 'FunctionDeclaration': case 'FunctionExpression': case 'ArrowFunctionExpression':
        node.params.forEach((each) => target(each, undefined, false));
        break;
      case 'CatchClause':
        target(node.param, undefined, false);
        break;
      default:
    }
    for (const key of Object.keys(node)) {
      const child = node[key];
      if (Array.isArray(child)) {
        child.forEach((each) => each && typeof each.type === 'string' && visit(each));
      } else if (child && typeof child.type === 'string') {
        visit(child);
      }
    }
  };
  function spreads(list, at) {
    const last = list.at(-1);
    for (const each of list) {
      if (each.type === 'SpreadElement') {
        put('iterate', each.argument.start, { source: each.argument, spread: each === last });
      }
    }
    void at;
  }
  visit(tree);
  return found;
}

export function nodeAt(file, line, column, kind) {
  const text = sources.get(file);
  if (text === undefined || text.length > LARGEST) {
    return undefined;
  }
  if (!places.has(text)) {
    let found;
    try {
      found = index(text);
    } catch {
      found = new Map();
    }
    places.set(text, found);
  }
  return places.get(text).get(`${kind}:${line}:${column}`);
}

const literal = (node) => (typeof node.value === 'string' ? `"${node.value}"` : node.bigint ? node.bigint
  : node.value instanceof RegExp || node.regex ? `/${node.regex.pattern}/${node.regex.flags}` : String(node.value));

// What V8's CallPrinter writes, '' for what it has no words for.
function print(node) {
  switch (node.type) {
    case 'Raw': return node.text;
    case 'Identifier': return node.name;
    case 'ThisExpression': return 'this';
    case 'Super': return 'super';
    case 'Literal': return literal(node);
    case 'ChainExpression': case 'ParenthesizedExpression': return print(node.expression);
    case 'MemberExpression': {
      const object = node.object.type === 'Super' ? '(intermediate value)' : printed(node.object);
      if (node.property.type === 'PrivateIdentifier') {
        return `${object}${node.optional ? '?' : ''}.#${node.property.name}`;
      }
      if (!node.computed) {
        return `${object}${node.optional ? '?' : ''}.${node.property.name}`;
      }
      return node.property.type === 'Literal' && typeof node.property.value === 'string'
        ? `${object}${node.optional ? '?' : ''}.${node.property.value}`
        : `${object}${node.optional ? '?.' : ''}[${printed(node.property)}]`;
    }
    case 'CallExpression': return `${printed(node.callee)}(...)`;
    case 'UnaryExpression': return `(${/^[a-z]/.test(node.operator) ? `${node.operator} ` : node.operator}${printed(node.argument)})`;
    case 'BinaryExpression': case 'LogicalExpression':
      return `(${printed(node.left)} ${node.operator} ${printed(node.right)})`.replace(/ ([^ ]+) /, node.operator.length > 2 ? ' $1 ' : ' $1 ');
    case 'ArrayExpression': return `[${node.elements.map((each) => (each ? printed(each) : '')).join(',')}]`;
    case 'ObjectExpression':
      return `{${node.properties.map((each) => printed(each.value ?? each.argument)).join('')}}`;
    case 'SpreadElement': return `...${printed(node.argument)}`;
    case 'AwaitExpression': return print(node.argument);
    default: return '';
  }
}

export function printed(node) {
  return print(node) || '(intermediate value)';
}

// The text of the call at a place.
export function textOfCall(file, line, column) {
  const node = nodeAt(file, line, column, 'call');
  return node?.end === undefined ? undefined : sources.get(file).slice(node.start, node.end);
}
