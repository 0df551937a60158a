// stream: the package readable-stream, which is node's own, taken apart from it.
import stream from 'readable-stream/lib/stream.js';

export const { Readable, Writable, Duplex, Transform, PassThrough, pipeline, finished } = stream;
stream.Stream = stream;
let highWaterMark = 16384;
let objectHighWaterMark = 16;
const added = {
  _isArrayBufferView: ArrayBuffer.isView,
  getDefaultHighWaterMark: (objectMode) => (objectMode ? objectHighWaterMark : highWaterMark),
  setDefaultHighWaterMark(objectMode, value) {
    if (objectMode) {
      objectHighWaterMark = value;
    } else {
      highWaterMark = value;
    }
  },
  isDestroyed: (each) => !!each.destroyed,
  isWritable: (each) => !!each.writable,
  duplexPair(options) {
    const sides = [0, 1].map((i) => new Duplex({
      ...options,
      read() {},
      write(chunk, encoding, done) {
        sides[1 - i].push(chunk);
        done();
      },
      final(done) {
        sides[1 - i].push(null);
        done();
      },
    }));
    return sides;
  },
};
// Between these streams and the web's, which web_streams.js gives.
export const web = { ReadableStream: null, WritableStream: null };
Readable.fromWeb = function fromWeb(stream, options) {
  const chunks = stream[Symbol.asyncIterator]();
  return new Readable({
    ...options,
    async read() {
      try {
        const { value, done } = await chunks.next();
        this.push(done ? null : value);
      } catch (error) {
        this.destroy(error);
      }
    },
    destroy(error, done) {
      Promise.resolve(this.readableEnded ? undefined : chunks.return?.()).then(() => done(error), () => done(error));
    },
  });
};
Readable.toWeb = function toWeb(readable) {
  const chunks = readable[Symbol.asyncIterator]();
  return new web.ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) {
        controller.close();
      } else {
        controller.enqueue(value instanceof Uint8Array ? new Uint8Array(value) : value);
      }
    },
    cancel(reason) { readable.destroy(reason); },
  }, { highWaterMark: 0 });
};
Writable.toWeb = function toWeb(writable) {
  return new web.WritableStream({
    write: (chunk) => new Promise((resolve, reject) => { writable.write(chunk, (error) => (error ? reject(error) : resolve())); }),
    close: () => new Promise((resolve) => { writable.end(resolve); }),
    abort(reason) { writable.destroy(reason); },
  });
};
for (const name of Object.keys(added)) {
  stream[name] ??= added[name];
}
export default stream;
