const get = (o, path, fallback) => path.split(/[.[\]]+/).filter(Boolean).reduce((at, key) => at?.[key], o) ?? fallback;
const set = (o, path, value) => {
  const keys = path.split('.');
  keys.slice(0, -1).reduce((at, key) => (at[key] ??= {}), o)[keys.at(-1)] = value;
  return o;
};
const data = { user: { emails: [{ address: 'a@b.c' }], name: null } };
console.log(get(data, 'user.emails[0].address'), get(data, 'user.name', 'none'), get(data, 'a.b.c'));
console.log(set(data, 'user.settings.theme.dark', true));
