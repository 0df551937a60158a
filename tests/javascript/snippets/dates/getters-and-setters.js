const d = new Date('2023-07-04T05:06:07.089Z');
console.log([d.getFullYear(), d.getMonth(), d.getDate(), d.getDay(), d.getHours(), d.getMinutes(), d.getSeconds(), d.getMilliseconds(), d.getTimezoneOffset(), d.getYear()]);
console.log(d.setHours(25, 61, 61, 1001), d, d.setTime(8.64e15), d, d.setTime(8.64e15 + 1), d);
console.log(d.toISOString === Date.prototype.toISOString);
try { d.toISOString(); } catch (e) { console.log(e.name, e.message); }
