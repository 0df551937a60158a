function mulberry32(a) {
  return () => { a |= 0; a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
}
const random = mulberry32(42);
console.log(Array.from({ length: 5 }, random));
let h = 2166136261; for (const c of 'belljar') h = Math.imul(h ^ c.charCodeAt(), 16777619) >>> 0;
console.log(h.toString(16));
