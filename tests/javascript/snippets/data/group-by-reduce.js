const orders = [
  { id: 1, customer: 'Ann', total: 20.5, tags: ['new'] },
  { id: 2, customer: 'Bob', total: 13, tags: [] },
  { id: 3, customer: 'Ann', total: 7.25, tags: ['vip', 'late'] },
  { id: 4, customer: 'Cem', total: 99.99, tags: ['vip'] },
];
const byCustomer = orders.reduce((groups, order) => {
  (groups[order.customer] ||= []).push(order);
  return groups;
}, {});
console.log(byCustomer);
const totals = Object.fromEntries(Object.entries(byCustomer).map(([name, list]) => [name, list.reduce((sum, o) => sum + o.total, 0)]));
console.log(totals);
console.log(JSON.stringify(byCustomer, null, 2));
