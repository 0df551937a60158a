const log = { at: new Date('2024-05-01T10:00:00Z'), list: [new Date(0)], map: new Map([[new Date(1), 'x']]), bad: new Date('x') };
console.log(log);
console.log(JSON.stringify(log), JSON.parse(JSON.stringify(log), (k, v) => (k === 'at' ? new Date(v) : v)));
class Stamp extends Date { get unix() { return Math.floor(this / 1000); } }
console.log(new Stamp(5000), new Stamp(5000).unix, Object.assign(new Date(0), { zone: 'UTC' }));
