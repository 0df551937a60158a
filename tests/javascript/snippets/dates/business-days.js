const holidays = new Set(['2024-12-25', '2024-12-26', '2025-01-01']);
function addBusinessDays(iso, n) {
  const d = new Date(`${iso}T00:00:00Z`);
  while (n > 0) {
    d.setUTCDate(d.getUTCDate() + 1);
    const key = d.toISOString().split('T')[0];
    if (d.getUTCDay() % 6 && !holidays.has(key)) n--;
  }
  return d;
}
console.log(addBusinessDays('2024-12-20', 5), addBusinessDays('2024-12-31', 1));
