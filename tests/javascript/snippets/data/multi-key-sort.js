const people = [
  { name: 'Zoe', age: 31, city: 'Bonn' }, { name: 'adam', age: 31, city: 'Aachen' },
  { name: 'Bea', age: 25, city: 'Bonn' }, { name: 'Carl', age: 40, city: 'Aachen' },
];
const by = (...keys) => (a, b) => {
  for (const key of keys) {
    if (a[key] < b[key]) return -1;
    if (a[key] > b[key]) return 1;
  }
  return 0;
};
console.table(people.sort(by('city', 'age', 'name')));
