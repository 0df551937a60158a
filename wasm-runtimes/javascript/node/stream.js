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
for (const name of Object.keys(added)) {
  stream[name] ??= added[name];
}
export default stream;
