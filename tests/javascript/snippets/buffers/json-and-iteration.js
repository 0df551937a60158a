const b = Buffer.from('hé'); console.log(JSON.stringify(b), JSON.stringify({ b }), [...b], [...b.entries()], Buffer.from(JSON.parse(JSON.stringify(b))), b.toJSON(), Object.keys(b), b.map((x) => x + 1), b.filter((x) => x > 200), b.reduce((a, c) => a + c));
for (const x of b) process.stdout.write(x + ' '); console.log();
