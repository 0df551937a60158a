// Every time zone, in summer and winter: its offset and names.
const times = [Date.UTC(1970, 0, 1), Date.UTC(1995, 6, 1), Date.UTC(2024, 0, 15, 12), Date.UTC(2024, 6, 15, 12), Date.UTC(2040, 0, 1)];
for (const timeZone of Intl.supportedValuesOf('timeZone')) {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'full' });
  const offset = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  console.log(timeZone, times.map((each) => `${format.format(each)} ${offset.format(each)}`).join(' | '));
}
