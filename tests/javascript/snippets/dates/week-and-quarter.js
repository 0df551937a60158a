function isoWeek(date) {
  const d = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
  d.setUTCDate(d.getUTCDate() + 4 - (d.getUTCDay() || 7));
  return [d.getUTCFullYear(), Math.ceil(((d - Date.UTC(d.getUTCFullYear(), 0, 1)) / 864e5 + 1) / 7)];
}
for (const s of ['2024-12-30', '2021-01-03', '2020-12-31', '2024-06-15']) {
  const d = new Date(s);
  console.log(s, isoWeek(d), `Q${Math.floor(d.getUTCMonth() / 3) + 1}`, ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][d.getDay()]);
}
