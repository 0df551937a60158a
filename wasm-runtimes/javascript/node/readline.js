// readline over streams of the program itself; standard input is empty.
import EventEmitter from './events.js';
import { StringDecoder } from 'string_decoder/';
import { nextTick } from './loop.js';

export class Interface extends EventEmitter {
  #rest = '';
  #decoder = new StringDecoder('utf8');
  #ended = false;
  #prompt = '> ';
  #questions = [];

  constructor(input, output) {
    super();
    const options = input !== null && typeof input === 'object' && input.input !== undefined ? input : { input, output };
    this.input = options.input;
    this.output = options.output;
    this.terminal = false;
    this.line = '';
    this.closed = false;
    this.#prompt = options.prompt ?? '> ';
    this.input?.on('data', (chunk) => this.#take(chunk));
    this.input?.on('end', () => {
      if (this.#rest !== '') {
        this.#line(this.#rest);
        this.#rest = '';
      }
      this.close();
    });
    this.input?.resume?.();
  }

  #take(chunk) {
    const text = this.#rest + (typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
    const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
    this.#rest = lines.pop();
    for (const line of lines) {
      this.#line(line);
    }
  }

  #line(line) {
    if (this.#questions.length > 0) {
      this.#questions.shift()(line);
    } else {
      this.emit('line', line);
    }
  }

  close() {
    if (!this.closed) {
      this.closed = true;
      this.#ended = true;
      this.input?.pause?.();
      this.emit('close');
    }
  }

  question(text, options, callback = options) {
    this.output?.write?.(text);
    this.#questions.push(callback);
  }

  setPrompt(text) { this.#prompt = text; }
  getPrompt() { return this.#prompt; }
  prompt() { this.output?.write?.(this.#prompt); }
  pause() {
    this.input?.pause?.();
    return this;
  }
  resume() {
    this.input?.resume?.();
    return this;
  }
  write() {}

  async* [Symbol.asyncIterator]() {
    const lines = [];
    let wake;
    const notify = () => {
      wake?.();
      wake = undefined;
    };
    this.on('line', (line) => {
      lines.push(line);
      notify();
    });
    this.on('close', notify);
    for (;;) {
      if (lines.length > 0) {
        yield lines.shift();
      } else if (this.#ended) {
        return;
      } else {
        await new Promise((resolve) => { wake = resolve; });
      }
    }
  }
}

export const createInterface = (input, output) => new Interface(input, output);

class PromisesInterface extends Interface {
  question(text) {
    return new Promise((resolve) => super.question(text, resolve));
  }
}
Object.defineProperty(PromisesInterface, 'name', { value: 'Interface' });

const done = (callback) => {
  if (typeof callback === 'function') {
    nextTick(callback);
  }
  return true;
};
export default {
  Interface, createInterface,
  clearLine: (stream, direction, callback) => done(callback), clearScreenDown: (stream, callback) => done(callback),
  cursorTo: (stream, x, y, callback) => done(callback), moveCursor: (stream, x, y, callback) => done(callback), emitKeypressEvents() {},
  promises: { Interface: PromisesInterface, createInterface: (input, output) => new PromisesInterface(input, output) },
};
