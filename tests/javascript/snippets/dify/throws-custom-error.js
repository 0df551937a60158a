class BadInput extends Error {
  constructor(m, field) { super(m); this.name = 'BadInput'; this.field = field; }
}
function main({ age }) {
  if (typeof age !== 'number') throw new BadInput('age must be a number', 'age');
  return { age };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJhZ2UiOiAiNyJ9', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
