// localeCompare of random ASCII strings, in the order that all sorts rest on.
let seed = 7;
const random = (below) => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % below;
};
const word = () => String.fromCharCode(...Array.from({ length: random(12) }, () => (random(8) ? 32 + random(95) : random(128))));
let sum = 2166136261;
for (let i = 0; i < 20000; i++) {
  const order = word().localeCompare(word());
  sum = Math.imul(sum ^ (order + 2), 16777619);
  if (i % 1000 === 999) {
    console.log(i + 1, (sum >>> 0).toString(16));
  }
}
const list = Array.from({ length: 2000 }, word);
console.log(JSON.stringify(list.sort((a, b) => a.localeCompare(b)).slice(500, 540)));
