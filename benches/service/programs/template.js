
function main({name, items}) {
    const total = items.reduce((sum, item) => sum + item.price * item.count, 0);
    return {greeting: "Hello, " + name, total, names: items.map(item => item.name.toUpperCase())};
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJuYW1lIjogIldvcmxkIiwgIml0ZW1zIjogW3sibmFtZSI6ICJhcHBsZSIsICJwcmljZSI6IDEuMjUsICJjb3VudCI6IDR9LCB7Im5hbWUiOiAicGVhciIsICJwcmljZSI6IDIuNSwgImNvdW50IjogMn1dfQ==', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)

var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
