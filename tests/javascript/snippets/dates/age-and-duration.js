const age = (birth, now) => {
  let years = now.getUTCFullYear() - birth.getUTCFullYear();
  if (now.getUTCMonth() < birth.getUTCMonth() || (now.getUTCMonth() === birth.getUTCMonth() && now.getUTCDate() < birth.getUTCDate())) years--;
  return years;
};
console.log(age(new Date('1990-06-15'), new Date('2024-06-14')), age(new Date('1990-06-15'), new Date('2024-06-15')));
const duration = (ms) => { const s = Math.floor(ms / 1000); return [s / 3600, (s / 60) % 60, s % 60].map((v) => String(Math.floor(v)).padStart(2, '0')).join(':'); };
console.log(duration(45296789), duration(0), duration(999));
