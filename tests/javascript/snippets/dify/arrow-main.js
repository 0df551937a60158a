const main = ({ text, sep }) => ({ parts: text.split(sep).map(s => s.trim()).filter(Boolean) });

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJ0ZXh0IjogImE7IGI7O2MgOyIsICJzZXAiOiAiOyJ9', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
