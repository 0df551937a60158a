function main({ a }) {
  console.log('debug', { a, list: [1, [2, [3, [4]]]] });
  console.error('to stderr');
  return { a };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJhIjogeyJiIjogWzFdfX0=', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
