function main({ iso, days }) {
  const d = new Date(iso);
  d.setUTCDate(d.getUTCDate() + days);
  return { iso: d.toISOString(), day: d.toISOString().slice(0, 10), ms: d.getTime(), weekday: ['Sun','Mon','Tue','Wed','Thu','Fri','Sat'][d.getUTCDay()], parts: [d.getFullYear(), d.getMonth() + 1, d.getDate()] };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJpc28iOiAiMjAyNC0wMi0yOFQyMjoxMDowMCswMjowMCIsICJkYXlzIjogMn0=', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
