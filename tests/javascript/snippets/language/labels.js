const pairs = [];
outer: for (let i = 0; i < 5; i++) {
  for (let j = 0; j < 5; j++) {
    if (j === 3) continue outer;
    if (i === 3) break outer;
    pairs.push(i * 10 + j);
  }
}
block: { pairs.push('in'); if (pairs.length) break block; pairs.push('never'); }
console.log(pairs);
