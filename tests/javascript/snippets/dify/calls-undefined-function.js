function main({ list }) {
  return { r: list.flatten() };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJsaXN0IjogW1sxXV19', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
