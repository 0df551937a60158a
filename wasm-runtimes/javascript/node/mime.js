// util.MIMEType and MIMEParams.
const notToken = /[^!#$%&'*+\-.^_`|~A-Za-z0-9]/;
const notQuotable = /[^\t\u0020-\u007e\u0080-\u00ff]/;

function invalid(production, text, index) {
  const at = index === -1 ? '' : ` at ${index}`;
  return Object.assign(new TypeError(`The MIME syntax for a ${production} in ${JSON.stringify(text)} is invalid${at}`), { code: 'ERR_INVALID_MIME_SYNTAX' });
}

export class MIMEParams {
  #values = new Map();
  get(name) { return this.#values.get(`${name}`) ?? null; }
  has(name) { return this.#values.has(`${name}`); }
  delete(name) { this.#values.delete(`${name}`); }
  set(name, value) {
    name = `${name}`;
    value = `${value}`;
    if (name === '' || notToken.test(name)) {
      throw invalid('parameter name', name, name.search(notToken));
    }
    if (notQuotable.test(value)) {
      throw invalid('parameter value', value, value.search(notQuotable));
    }
    this.#values.set(name, value);
  }
  * entries() { yield* this.#values.entries(); }
  * keys() { yield* this.#values.keys(); }
  * values() { yield* this.#values.values(); }
  toString() {
    return [...this.#values].map(([name, value]) => `${name}=${value === '' || notToken.test(value)
      ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`).join(';');
  }
  toJSON() { return this.toString(); }
}
Object.defineProperty(MIMEParams.prototype, Symbol.iterator, { value: MIMEParams.prototype.entries, writable: true, configurable: true });

export class MIMEType {
  #type;
  #subtype;
  #params = new MIMEParams();

  constructor(input) {
    const text = `${input}`.trim();
    const [essence] = text.split(';', 1);
    const [type, subtype = ''] = essence.split('/', 2);
    if (type === '' || !essence.includes('/') || notToken.test(type)) {
      throw invalid('type', text, type.search(notToken));
    }
    const kind = subtype.trimEnd();
    if (kind === '' || notToken.test(kind)) {
      throw invalid('subtype', text, kind.search(notToken));
    }
    this.#type = type.toLowerCase();
    this.#subtype = kind.toLowerCase();
    const rest = text.slice(essence.length);
    for (const match of rest.matchAll(/;[\t\n\r ]*([^;=]*)(?:=(?:"((?:[^"\\]|\\.)*)"?[^;]*|([^;]*)))?/g)) {
      const name = match[1].trim().toLowerCase();
      const value = match[2]?.replace(/\\(.)/g, '$1') ?? match[3]?.trim();
      if (name !== '' && !notToken.test(name) && value !== undefined && (value !== '' || match[2] !== undefined) && !notQuotable.test(value) &&
        !this.#params.has(name)) {
        this.#params.set(name, value);
      }
    }
  }

  get type() { return this.#type; }
  set type(value) { this.#type = `${value}`.toLowerCase(); }
  get subtype() { return this.#subtype; }
  set subtype(value) { this.#subtype = `${value}`.toLowerCase(); }
  get essence() { return `${this.#type}/${this.#subtype}`; }
  get params() { return this.#params; }
  toString() {
    const params = this.#params.toString();
    return `${this.essence}${params === '' ? '' : `;${params}`}`;
  }
  toJSON() { return this.toString(); }
}

// util.parseEnv: the lines of a .env file.
export function parseEnv(content) {
  const values = {};
  for (const match of content.matchAll(/^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\n\r#]*))/gm)) {
    values[match[1]] = match[2]?.replace(/\\n/g, '\n') ?? match[3] ?? match[4] ?? match[5].trim();
  }
  return values;
}
