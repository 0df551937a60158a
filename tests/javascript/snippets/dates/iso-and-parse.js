const d = new Date(Date.UTC(2024, 1, 29, 13, 5, 9, 7));
console.log(d, d.toISOString(), d.toJSON(), d.getTime(), d.valueOf(), +d);
console.log(String(d), d.toString(), d.toDateString(), d.toTimeString(), d.toUTCString());
console.log(new Date('2024-02-30'), new Date('nonsense'), String(new Date(NaN)), new Date(NaN).getTime());
console.log([Date.parse('2024-02-29'), Date.parse('2024-02-29T01:02'), Date.parse('2024-02-29T01:02:03.4567+05:30')]);
