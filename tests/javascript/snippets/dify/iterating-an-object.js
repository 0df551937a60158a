function main({ o }) {
  const r = [];
  for (const x of o) r.push(x);
  return { r };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJvIjogeyJhIjogMX19', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
