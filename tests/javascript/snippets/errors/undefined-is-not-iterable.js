const { rows } = {};
for (const row of rows) console.log(row);
