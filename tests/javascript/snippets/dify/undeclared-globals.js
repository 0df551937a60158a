function main({ list }) {
  total = 0;
  for (i = 0; i < list.length; i++) total += list[i];
  return { total, i, leaked: typeof globalThis.total };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJsaXN0IjogWzEsIDIsIDNdfQ==', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
