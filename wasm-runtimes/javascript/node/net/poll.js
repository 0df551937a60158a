// Waiting for handles of the host's (see ../../../network-calls.md): the part of the event loop
// that libuv calls polling.
import native from '../native.js';
import { deliver, network } from '../loop.js';

export const READABLE = 1;
export const WRITABLE = 2;
const FAILED = 4;
const HUNG_UP = 8;
const ENTRY = 8; // bytes

const watched = new Set();
let entries = new DataView(new ArrayBuffer(16 * ENTRY));

// One handle, with what is waited for. `ready(events)` is called from the event loop as long as any
// of it is the case; an error or hang-up counts as everything that is waited for.
export class Watch {
  #events = 0;
  #ref = true;
  #context = native.asyncContext();

  constructor(handle, ready) {
    this.handle = handle;
    this.ready = ready;
  }

  get events() { return this.#events; }
  set events(events) {
    if (events !== 0 && this.#events === 0) {
      watched.add(this);
      network.waiting++;
      network.live += this.#ref ? 1 : 0;
    } else if (events === 0 && this.#events !== 0) {
      watched.delete(this);
      network.waiting--;
      network.live -= this.#ref ? 1 : 0;
    }
    this.#events = events;
  }

  get ref() { return this.#ref; }
  set ref(ref) {
    if (ref !== this.#ref && this.#events !== 0) {
      network.live += ref ? 1 : -1;
    }
    this.#ref = ref;
  }

  deliver(events) {
    if (this.#events !== 0) {
      deliver(this.ready, this, [events], this.#context);
    }
  }
}

network.wait = (milliseconds) => {
  const list = [...watched];
  if (entries.byteLength < list.length * ENTRY) {
    entries = new DataView(new ArrayBuffer(list.length * 2 * ENTRY));
  }
  for (let i = 0; i < list.length; i++) {
    entries.setUint32(i * ENTRY, list[i].handle, true);
    entries.setUint16(i * ENTRY + 4, list[i].events, true);
    entries.setUint16(i * ENTRY + 6, 0, true);
  }
  const ready = native.netPoll(new Uint8Array(entries.buffer), list.length, milliseconds);
  if (ready <= 0) {
    return;
  }
  // What happened is read before anything runs that could wait anew.
  const happened = list.map((_, i) => entries.getUint16(i * ENTRY + 6, true));
  list.forEach((watch, i) => {
    const events = happened[i] & (FAILED | HUNG_UP) ? watch.events : happened[i] & watch.events;
    if (events !== 0) {
      watch.deliver(events);
    }
  });
};
