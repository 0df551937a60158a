function main({ body }) {
  let data;
  try { data = JSON.parse(body); } catch (e) { return { error: e.message } }
  return { keys: Object.keys(data), first: data.list[0] };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJib2R5IjogIntcImxpc3RcIjogWzEsIDJdLCBcInhcIjoge1wieVwiOiBudWxsfX0ifQ==', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
