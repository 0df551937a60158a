// TLS as a transport over another one. The host keeps the connection's state and does the
// cryptography; here bytes are carried between the two.
import native from '../native.js';
import { AGAIN, RESET } from './failures.js';

const HANDSHAKING = 1;
const TO_READ = 4;
const PROTOCOL = -65;
const none = new Uint8Array(0);

export class TlsTransport {
  #inner;
  #handle;
  #incoming = none; // came from the peer, not taken by TLS yet
  #outgoing = none; // for the peer, not taken by the transport below yet
  #ended = false;
  #shutdown = false;
  #shutdownBelow = false;
  #reading = false;
  #writing = false;
  #handshaking = true;
  ready = null;

  constructor(inner, handle) {
    this.#inner = inner;
    this.#handle = handle;
    inner.ready = () => {
      this.#flush();
      this.ready();
      this.#wantBelow();
    };
  }

  // Whether something can be read without anything coming from below.
  get buffered() { return !this.#handshaking && (this.#incoming.length > 0 || (native.tlsStatus(this.#handle) & TO_READ) !== 0); }
  set ref(ref) { this.#inner.ref = ref; }
  address(which) { return this.#inner.address(which); }
  info() {
    const text = native.tlsInfo(this.#handle);
    return typeof text === 'string' ? JSON.parse(text) : {};
  }

  want(reading, writing) {
    this.#reading = reading;
    this.#writing = writing;
    this.#wantBelow();
  }

  #wantBelow() {
    if (this.#handle !== null) {
      this.#inner.want(this.#reading || this.#handshaking, this.#outgoing.length > 0 || (this.#writing && !this.#handshaking));
    }
  }

  // Sends what TLS has for the peer: 0, AGAIN if not all could be sent now, or an error.
  #flush() {
    while (this.#handle !== null) {
      if (this.#outgoing.length === 0) {
        const bytes = native.tlsTake(this.#handle);
        if (typeof bytes === 'number') {
          return bytes;
        }
        if (bytes.length === 0) {
          if (this.#shutdown && !this.#shutdownBelow) {
            this.#shutdownBelow = true;
            this.#inner.shutdown();
          }
          return 0;
        }
        this.#outgoing = bytes;
      }
      const sent = this.#inner.send(this.#outgoing);
      if (sent < 0) {
        return sent;
      }
      this.#outgoing = this.#outgoing.subarray(sent);
    }
    return 0;
  }

  // Gives TLS what came from the peer: 0, AGAIN if nothing did, or an error.
  #fill() {
    if (this.#incoming.length === 0) {
      if (this.#ended) {
        return RESET;
      }
      const bytes = this.#inner.receive();
      if (typeof bytes === 'number') {
        return bytes;
      }
      if (bytes.length === 0) {
        this.#ended = true;
        native.tlsFeed(this.#handle, none);
        return 0;
      }
      this.#incoming = bytes;
    }
    const taken = native.tlsFeed(this.#handle, this.#incoming);
    if (taken < 0 && taken !== AGAIN) {
      return taken;
    }
    if (taken > 0) {
      this.#incoming = this.#incoming.subarray(taken);
    }
    return 0;
  }

  // 0 when the connection is secure, AGAIN while it is not, or an error.
  handshake() {
    for (;;) {
      const flushed = this.#flush();
      const status = native.tlsStatus(this.#handle);
      if (status < 0) {
        return status;
      }
      if (!(status & HANDSHAKING)) {
        this.#handshaking = false;
        return 0;
      }
      if (flushed < 0 && flushed !== AGAIN) {
        return flushed;
      }
      const filled = this.#fill();
      if (filled < 0 && filled !== PROTOCOL) {
        this.#wantBelow();
        return filled;
      }
    }
  }

  receive() {
    for (;;) {
      const plain = native.tlsRead(this.#handle);
      if (plain !== AGAIN) {
        this.#flush();
        return plain;
      }
      const filled = this.#fill();
      // Answers of TLS's own, as to a change of keys.
      this.#flush();
      if (filled < 0) {
        return filled;
      }
    }
  }

  send(bytes) {
    const before = this.#flush();
    if (before < 0) {
      return before;
    }
    if (bytes.length === 0) {
      return 0;
    }
    const taken = native.tlsWrite(this.#handle, bytes);
    const after = this.#flush();
    return taken >= 0 && after < 0 && after !== AGAIN ? after : taken;
  }

  shutdown() {
    native.tlsShutdown(this.#handle);
    this.#shutdown = true;
    this.#flush();
    this.#wantBelow();
  }

  close() {
    if (!this.#shutdown) {
      native.tlsShutdown(this.#handle);
    }
    this.#shutdown = false;
    this.#flush();
    native.tlsClose(this.#handle);
    this.#handle = null;
    this.#inner.close();
  }
}
