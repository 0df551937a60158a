// Connections and lookups of the host's, of which a program has only so many at once. Whoever wants
// one more waits until another is closed, as in node, which has no such limit, nobody would fail.
import native from '../native.js';
import { network, nextTick } from '../loop.js';

const TOO_MANY = -33; // EMFILE
const waiting = [];
// Functions that close a connection that nobody needs now; true if there was one.
export const spare = new Set();

// Whether somebody waits.
export const scarce = () => waiting.length > 0;

function next() {
  const first = waiting.shift();
  if (first !== undefined) {
    nextTick(() => acquire(first.open, first.done));
  }
}

// Gives `done` the handle that `open` returns, or its error number. `open` returns undefined when
// nobody wants one any more.
export function acquire(open, done) {
  const handle = open();
  if (handle === undefined) {
    next();
    return;
  }
  if (handle === TOO_MANY) {
    const entry = { open, done };
    waiting.push(entry);
    // Where nothing can be closed and nothing is waited for there will never be room.
    if ([...spare].some((close) => close()) || network.waiting > 0) {
      return;
    }
    waiting.splice(waiting.indexOf(entry), 1);
    // Nor will there be for those that wait.
    next();
  }
  done(handle);
}

export function release(handle) {
  native.netClose(handle);
  next();
}
