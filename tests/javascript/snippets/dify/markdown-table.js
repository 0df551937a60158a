function main({ rows }) {
  const head = Object.keys(rows[0]);
  const width = head.map(h => Math.max(h.length, ...rows.map(r => String(r[h]).length)));
  const line = cells => '| ' + cells.map((c, i) => String(c).padEnd(width[i])).join(' | ') + ' |';
  return { md: [line(head), line(width.map(w => '-'.repeat(w))), ...rows.map(r => line(head.map(h => r[h])))].join('\n') };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJyb3dzIjogW3sibmFtZSI6ICJBbm4iLCAicXR5IjogM30sIHsibmFtZSI6ICJCYXJ0aG9sb21ldyIsICJxdHkiOiAxMn1dfQ==', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
