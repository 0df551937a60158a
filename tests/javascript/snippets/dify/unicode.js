function main({text}) {
  return { upper: text.toUpperCase(), length: text.length, reversed: [...text].reverse().join('') }
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJ0ZXh0IjogIkdyw7zDn2Ug5L2g5aW9IPCfkYvwn4+9IDxiPiYifQ==', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
