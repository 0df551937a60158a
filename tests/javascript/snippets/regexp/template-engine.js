const template = 'Dear {{ user.name }}, you owe {{amount|money}}. {{missing}}!';
const filters = { money: (x) => `$${x.toFixed(2)}` };
const data = { user: { name: 'Zoë' }, amount: 12.5 };
console.log(template.replace(/{{\s*([\w.]+)(?:\|(\w+))?\s*}}/g, (_, path, filter) => {
  const value = path.split('.').reduce((o, k) => o?.[k], data);
  return filter ? filters[filter](value) : value ?? `[${path}?]`;
}));
