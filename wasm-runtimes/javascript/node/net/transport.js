// What carries the bytes of a socket: a stream of the host's, or any duplex stream of the program's.
// A transport has `receive()` (bytes, none of them at the end, or an error number, AGAIN when there
// is nothing now), `send(bytes)` (how many were taken, or an error number), `shutdown()`, `close()`,
// and calls `ready()` when something that was asked for by `want(reading, writing)` may be done.
import native from '../native.js';
import { nextTick } from '../loop.js';
import { AGAIN, RESET } from './failures.js';
import { release } from './handles.js';
import { READABLE, Watch, WRITABLE } from './poll.js';

export class HostStream {
  #watch;
  ready = null;

  constructor(handle) {
    this.handle = handle;
    this.#watch = new Watch(handle, () => this.ready());
  }

  want(reading, writing) {
    this.#watch.events = (reading ? READABLE : 0) | (writing ? WRITABLE : 0);
  }
  set ref(ref) { this.#watch.ref = ref; }
  status() { return native.netStatus(this.handle); }
  receive() { return native.netReceive(this.handle); }
  send(bytes) { return native.netSend(this.handle, bytes); }
  shutdown() { return native.netShutdown(this.handle); }
  // [address, port] of the own (0) or the other's (1) end.
  address(which) {
    const text = native.netAddress(this.handle, which);
    if (text === undefined) {
      return undefined;
    }
    const [address, port] = text.split(' ');
    return { address, port: Number(port), family: address.includes(':') ? 'IPv6' : 'IPv4' };
  }
  close() {
    this.want(false, false);
    release(this.handle);
  }
}

// A duplex stream as a transport, for TLS inside of something else.
export class DuplexTransport {
  #stream;
  #chunks = [];
  #ended = false;
  #failed = 0;
  #blocked = false;
  #reading = false;
  #writing = false;
  ready = null;

  constructor(stream) {
    this.#stream = stream;
    stream.pause();
    stream.on('data', (chunk) => {
      this.#chunks.push(chunk);
      if (!this.#reading) {
        stream.pause();
      }
      this.#tell(this.#reading);
    });
    const end = () => {
      this.#ended = true;
      this.#tell(this.#reading);
    };
    stream.on('end', end);
    stream.on('close', () => {
      if (!this.#ended) {
        this.#failed = RESET;
        this.#tell(this.#reading || this.#writing);
      }
    });
    stream.on('drain', () => {
      this.#blocked = false;
      this.#tell(this.#writing);
    });
  }

  #tell(wanted) {
    if (wanted) {
      this.ready?.();
    }
  }

  want(reading, writing) {
    this.#reading = reading;
    this.#writing = writing;
    if (reading) {
      this.#stream.resume();
      if (this.#chunks.length > 0 || this.#ended) {
        nextTick(() => this.#tell(this.#reading));
      }
    }
  }
  set ref(ref) { this.#stream[ref ? 'ref' : 'unref']?.(); }
  status() { return 0; }
  receive() {
    if (this.#chunks.length > 0) {
      return this.#chunks.shift();
    }
    return this.#failed !== 0 ? this.#failed : this.#ended ? new Uint8Array(0) : AGAIN;
  }
  send(bytes) {
    if (this.#failed !== 0 || this.#stream.destroyed) {
      return RESET;
    }
    if (this.#blocked) {
      return AGAIN;
    }
    this.#blocked = !this.#stream.write(bytes.slice());
    return bytes.length;
  }
  shutdown() { this.#stream.end(); }
  address() { return undefined; }
  close() { this.#stream.destroy(); }
}
