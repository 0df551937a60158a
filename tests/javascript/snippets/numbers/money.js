const cents = [1999, 5, 100050, -250];
const format = (c) => (c < 0 ? '-' : '') + '$' + String(Math.trunc(Math.abs(c) / 100)).replace(/\B(?=(\d{3})+$)/g, ',') + '.' + String(Math.abs(c) % 100).padStart(2, '0');
console.log(cents.map(format), (0.1 * 3).toFixed(2), +(1.005 * 100).toFixed(10) / 100);
