// console. Standard output and error are written as they come; nothing is buffered in the guest.
import native from './native.js';
import { formatWithOptions, inspect } from './inspect.js';
import { types } from './types.js';

const groupWidth = 2;

function formatTime(ms) {
  let hours = 0;
  let minutes = 0;
  let seconds = 0;
  if (ms >= 1000) {
    if (ms >= 60000) {
      if (ms >= 3600000) {
        hours = Math.floor(ms / 3600000);
        ms %= 3600000;
      }
      minutes = Math.floor(ms / 60000);
      ms %= 60000;
    }
    seconds = ms / 1000;
  }
  if (hours !== 0 || minutes !== 0) {
    const [whole, fraction] = seconds.toFixed(3).split('.');
    const pad = (number) => String(number).padStart(2, '0');
    const rest = hours !== 0 ? `${pad(minutes)}:${pad(whole)}` : `${pad(whole)}`;
    return hours !== 0 ? `${hours}:${rest}.${fraction} (h:mm:ss.mmm)` : `${minutes}:${rest}.${fraction} (m:ss.mmm)`;
  }
  return seconds !== 0 ? `${seconds.toFixed(3)}s` : `${Number(ms.toFixed(3))}ms`;
}

// Columns that text takes: East Asian wide characters take two.
function width(text) {
  let columns = 0;
  for (const character of text.replace(/\x1b\[[0-9;]*m/g, '').normalize('NFC')) {
    const code = character.codePointAt(0);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200f) ||
      (code >= 0x20d0 && code <= 0x20ff) || (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xfe20 && code <= 0xfe2f) ||
      (code >= 0xe0100 && code <= 0xe01ef)) {
      continue;
    }
    const wide = code >= 0x1100 && (code <= 0x115f || (code >= 0x2e80 && code <= 0x3247 && code !== 0x303f) ||
      (code >= 0x3250 && code <= 0x4dbf) || (code >= 0x4e00 && code <= 0xa4c6) || (code >= 0xa960 && code <= 0xa97c) ||
      (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6b) ||
      (code >= 0xff01 && code <= 0xff60) || (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1f64f) ||
      (code >= 0x1f900 && code <= 0x1f9ff) || (code >= 0x20000 && code <= 0x3fffd));
    columns += wide ? 2 : 1;
  }
  return columns;
}

function renderRow(row, widths) {
  const cells = row.map((text, i) => ` ${text}${' '.repeat(widths[i] - width(text))} `);
  return `│${cells.join('│')}│`;
}

function renderTable(head, columns) {
  const rows = [];
  const widths = head.map(width);
  const length = Math.max(...columns.map((column) => column.length));
  for (let i = 0; i < head.length; i++) {
    for (let j = 0; j < length; j++) {
      rows[j] ??= [];
      const value = rows[j][i] = Object.hasOwn(columns[i], j) ? columns[i][j] : '';
      widths[i] = Math.max(widths[i] || 0, width(value));
    }
  }
  const lines = widths.map((columns) => '─'.repeat(columns + 2));
  let out = `┌${lines.join('┬')}┐\n${renderRow(head, widths)}\n├${lines.join('┼')}┤\n`;
  for (const row of rows) {
    out += `${renderRow(row, widths)}\n`;
  }
  return `${out}└${lines.join('┴')}┘`;
}

const kKey = '(index)';
const kIteration = '(iteration index)';
const kValue = 'Values';

function renderCell(value) {
  const depth = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 2
    ? -1 : 0;
  return inspect(value, { depth, maxArrayLength: 3, breakLength: Infinity });
}

function tabulate(data, properties) {
  const indices = (count) => Array.from({ length: count }, (_, i) => i);
  const text = (column) => column.map((value) => (typeof value === 'string' ? value : String(value)));
  const mapPreview = types.isMapIterator(data) ? native.previewEntries(data) : undefined;
  if (types.isMap(data) || mapPreview?.[1]) {
    const flat = mapPreview ? mapPreview[0] : [...data].flat(1);
    const entries = mapPreview ? [] : [...data];
    if (mapPreview) {
      for (let i = 0; i < flat.length; i += 2) {
        entries.push([flat[i], flat[i + 1]]);
      }
    }
    return renderTable([kIteration, 'Key', kValue], [text(indices(entries.length)),
      entries.map(([key]) => renderCell(key)), entries.map(([, value]) => renderCell(value))]);
  }
  const values = types.isSet(data) ? [...data]
    : mapPreview || types.isSetIterator(data) ? (mapPreview ?? native.previewEntries(data))[0] : undefined;
  if (values) {
    return renderTable([kIteration, kValue], [text(indices(values.length)), values.map(renderCell)]);
  }
  const map = Object.create(null);
  let hasPrimitives = false;
  const valuesColumn = [];
  const keys = Object.keys(data);
  for (let i = 0; i < keys.length; i++) {
    const item = data[keys[i]];
    const primitive = item === null || (typeof item !== 'function' && typeof item !== 'object');
    if (primitive) {
      hasPrimitives = true;
      valuesColumn[i] = renderCell(item);
      continue;
    }
    for (const key of properties || Object.keys(item)) {
      map[key] ??= [];
      if (!Object.hasOwn(item, key)) {
        map[key][i] = '';
      } else {
        map[key][i] = renderCell(item[key]);
      }
    }
  }
  const head = Object.keys(map);
  const columns = Object.values(map);
  if (hasPrimitives) {
    head.push(kValue);
    columns.push(valuesColumn);
  }
  return renderTable([kKey, ...head], [keys, ...columns]);
}

// How far the groups of the global console indent.
export const globalGroups = { indentation: '' };

// A console that writes with `out(text)` and `err(text)`.
function makeConsole(out, err, options = {}, groups = { indentation: '' }) {
  const counts = new Map();
  const timers = new Map();

  function line(write, text) {
    const { indentation } = groups;
    if (indentation.length !== 0) {
      if (text.includes('\n')) {
        text = text.replace(/\n/g, `\n${indentation}`);
      }
      text = indentation + text;
    }
    write(`${text}\n`);
  }
  function warnProcess(message) {
    line(err, message);
  }
  function elapsed(method, label, rest) {
    const start = timers.get(label);
    if (start === undefined) {
      warnProcess(`(node:1) Warning: No such label '${label}' for console.${method}()\n(Use \`node --trace-warnings ...\` to show where the warning was created)`);
      return false;
    }
    const time = formatTime((native.monotonic() - start) / 1e6);
    line(out, formatWithOptions(options, '%s: %s', label, time, ...rest));
    return true;
  }

  const methods = {
    log(...values) { line(out, formatWithOptions(options, ...values)); },
    warn(...values) { line(err, formatWithOptions(options, ...values)); },
    dir(value, given) { line(out, inspect(value, { customInspect: false, ...options, ...given })); },
    time(label = 'default') {
      label = `${label}`;
      if (timers.has(label)) {
        warnProcess(`(node:1) Warning: Label '${label}' already exists for console.time()\n(Use \`node --trace-warnings ...\` to show where the warning was created)`);
        return;
      }
      timers.set(label, native.monotonic());
    },
    timeEnd(label = 'default') {
      label = `${label}`;
      if (elapsed('timeEnd', label, [])) {
        timers.delete(label);
      }
    },
    timeLog(label = 'default', ...rest) { elapsed('timeLog', `${label}`, rest); },
    trace: function trace(...values) {
      const error = { name: 'Trace', message: formatWithOptions(options, ...values) };
      Error.captureStackTrace(error, trace);
      line(err, error.stack);
    },
    assert(condition, ...values) {
      if (!condition) {
        if (typeof values[0] === 'string') {
          values[0] = `Assertion failed: ${values[0]}`;
        } else {
          values.unshift('Assertion failed');
        }
        line(err, formatWithOptions(options, ...values));
      }
    },
    clear() {},
    count(label = 'default') {
      label = `${label}`;
      const count = (counts.get(label) ?? 0) + 1;
      counts.set(label, count);
      line(out, `${label}: ${count}`);
    },
    countReset(label = 'default') {
      label = `${label}`;
      if (!counts.has(label)) {
        warnProcess(`(node:1) Warning: Count for '${label}' does not exist\n(Use \`node --trace-warnings ...\` to show where the warning was created)`);
        return;
      }
      counts.delete(label);
    },
    group(...values) {
      if (values.length > 0) {
        line(out, formatWithOptions(options, ...values));
      }
      groups.indentation += ' '.repeat(groupWidth);
    },
    groupEnd() { groups.indentation = groups.indentation.slice(0, -groupWidth); },
    table(data, properties) {
      if (data === null || typeof data !== 'object') {
        return methods.log(data);
      }
      line(out, tabulate(data, properties));
    },
    profile() {},
    profileEnd() {},
    timeStamp() {},
  };
  methods.debug = methods.log;
  methods.info = methods.log;
  methods.dirxml = methods.log;
  methods.error = methods.warn;
  methods.groupCollapsed = methods.group;
  return methods;
}

class Console {
  constructor(stdout, stderr = stdout) {
    let inspectOptions;
    if (stdout && typeof stdout.write !== 'function' && stdout.stdout) {
      ({ stdout, stderr = stdout, inspectOptions } = stdout);
    }
    Object.assign(this, makeConsole((text) => stdout.write(text), (text) => stderr.write(text), inspectOptions));
  }
}

// The global console writes past process.stdout unless a program has replaced its write().
export function createGlobalConsole(process) {
  const through = (stream, fd) => {
    const original = stream.write;
    return (text) => {
      if (stream.write === original) {
        native.write(fd, text);
      } else {
        stream.write(text);
      }
    };
  };
  const console = Object.create({});
  const order = ['log', 'warn', 'dir', 'time', 'timeEnd', 'timeLog', 'trace', 'assert', 'clear', 'count', 'countReset',
    'group', 'groupEnd', 'table', 'debug', 'info', 'dirxml', 'error', 'groupCollapsed', 'profile', 'profileEnd',
    'timeStamp'];
  const methods = makeConsole(through(process.stdout, 1), through(process.stderr, 2), {}, globalGroups);
  for (const name of order) {
    console[name] = methods[name];
  }
  console.Console = Console;
  Object.defineProperty(console, 'Console', { enumerable: true });
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
  return console;
}
