function main({a, b}) {
  return { sum: a + b, product: a * b, quotient: a / b, big: 2 ** 60, nan: NaN, fixed: (a / b).toFixed(3) }
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJhIjogMTAsICJiIjogM30=', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
