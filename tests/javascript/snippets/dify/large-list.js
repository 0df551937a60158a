function main({ n }) {
  const list = Array.from({ length: n }, (_, i) => ({ id: i, name: `item-${i}`, even: i % 2 === 0 }));
  const grouped = list.reduce((g, x) => ((g[x.id % 3] ||= []).push(x.id), g), {});
  return { count: list.length, sum: list.reduce((s, x) => s + x.id, 0), sizes: Object.values(grouped).map(g => g.length) };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJuIjogNTAwMH0=', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
