// ReadableStream and its kin: the package web-streams-polyfill's reference implementation, shown
// as node shows them, and the streams that transform text and compress.
import * as streams from 'web-streams-polyfill/dist/ponyfill.js';
import { inspect } from './inspect.js';
import { web } from './stream.js';
import { TextDecoder, TextEncoder } from './web.js';
import zlib from './zlib.js';

const custom = Symbol.for('nodejs.util.inspect.custom');

export const {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
} = streams;

Object.assign(web, { ReadableStream, WritableStream });

const names = {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
};
for (const [name, Class] of Object.entries(names)) {
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
}

function shown(Class, properties) {
  Object.defineProperty(Class.prototype, custom, {
    value(depth, options) {
      if (depth < 0) {
        return this;
      }
      return `${Class.name} ${inspect(properties(this), { ...options, depth: options.depth === null ? null : options.depth - 1 })}`;
    },
    writable: true, configurable: true, enumerable: false,
  });
}
shown(ReadableStream, (stream) => ({ locked: stream.locked, state: stream._state, supportsBYOB: stream._readableStreamController instanceof ReadableByteStreamController }));
shown(WritableStream, (stream) => ({ locked: stream.locked, state: stream._state }));
shown(TransformStream, (stream) => ({ readable: stream.readable, writable: stream.writable, backpressure: stream._backpressure }));

// The package's texts name what is wrong; node's error for a stream in the wrong state has a code.
const { getReader } = ReadableStream.prototype;
ReadableStream.prototype.getReader = { getReader(...values) {
  if (this.locked) {
    throw invalidState('ReadableStream is locked');
  }
  return getReader.apply(this, values);
} }.getReader;
const { getWriter } = WritableStream.prototype;
WritableStream.prototype.getWriter = { getWriter() {
  if (this.locked) {
    throw invalidState('WritableStream is locked');
  }
  return getWriter.call(this);
} }.getWriter;
function invalidState(text) {
  return Object.assign(new TypeError(`Invalid state: ${text}`), { code: 'ERR_INVALID_STATE' });
}

// A class whose instances are a pair of ends of one transformation.
function pair(make) {
  return class {
    #transform;
    constructor(...values) {
      this.#transform = new TransformStream(make(this, ...values));
    }
    get readable() { return this.#transform.readable; }
    get writable() { return this.#transform.writable; }
  };
}

const properties = new WeakMap();
export const TextDecoderStream = pair((self, label, options) => {
  const decoder = new TextDecoder(label, options);
  properties.set(self, decoder);
  return {
    transform(chunk, controller) {
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') {
        controller.enqueue(text);
      }
    },
    flush(controller) {
      const text = decoder.decode();
      if (text !== '') {
        controller.enqueue(text);
      }
    },
  };
});
export const TextEncoderStream = pair((self) => {
  const encoder = new TextEncoder();
  properties.set(self, encoder);
  let high = '';
  return {
    transform(chunk, controller) {
      let text = high + String(chunk);
      high = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
      text = text.slice(0, text.length - high.length);
      if (text !== '') {
        controller.enqueue(encoder.encode(text));
      }
    },
    flush(controller) {
      if (high !== '') {
        controller.enqueue(encoder.encode(high));
      }
    },
  };
});
for (const name of ['encoding', 'fatal', 'ignoreBOM']) {
  for (const Class of name === 'encoding' ? [TextDecoderStream, TextEncoderStream] : [TextDecoderStream]) {
    Object.defineProperty(Class.prototype, name, { get() { return properties.get(this)[name]; }, enumerable: true, configurable: true });
  }
}

// The whole is compressed when it has ended.
function whole(methods) {
  return pair((self, format) => {
    const method = methods[format];
    if (method === undefined) {
      throw Object.assign(new TypeError(`The argument 'format' must be one of: 'deflate', 'deflate-raw', 'gzip'. Received ${inspect(format)}`),
        { code: 'ERR_INVALID_ARG_VALUE' });
    }
    const chunks = [];
    return {
      transform(chunk) { chunks.push(globalThis.Buffer.from(chunk)); },
      flush(controller) { controller.enqueue(new Uint8Array(zlib[method](globalThis.Buffer.concat(chunks)))); },
    };
  });
}
export const CompressionStream = whole({ 'gzip': 'gzipSync', 'deflate': 'deflateSync', 'deflate-raw': 'deflateRawSync' });
export const DecompressionStream = whole({ 'gzip': 'gunzipSync', 'deflate': 'inflateSync', 'deflate-raw': 'inflateRawSync' });

export const module = { ...names, TextEncoderStream, TextDecoderStream, CompressionStream, DecompressionStream };
for (const [name, Class] of Object.entries(module)) {
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: name, configurable: true });
}
