console.log('start');
const total = prices.reduce((a, b) => a + b, 0);
