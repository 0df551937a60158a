class LRU {
  #max; #map = new Map();
  constructor(max) { this.#max = max; }
  get(k) { if (!this.#map.has(k)) return undefined; const v = this.#map.get(k); this.#map.delete(k); this.#map.set(k, v); return v; }
  set(k, v) { this.#map.delete(k); this.#map.set(k, v); if (this.#map.size > this.#max) this.#map.delete(this.#map.keys().next().value); return this; }
  toJSON() { return Object.fromEntries(this.#map); }
}
const c = new LRU(2).set('a', 1).set('b', 2);
c.get('a'); c.set('c', 3);
console.log(JSON.stringify(c), c);
