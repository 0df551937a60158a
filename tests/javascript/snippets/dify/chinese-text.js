function main({ text }) {
  const sentences = text.split(/[。！？]/).filter(s => s.trim());
  const counts = {};
  for (const c of text) if (/\p{Script=Han}/u.test(c)) counts[c] = (counts[c] || 0) + 1;
  const top = Object.entries(counts).sort((a, b) => b[1] - a[1]).slice(0, 3);
  console.log(sentences, top);
  return { n: sentences.length, top };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJ0ZXh0IjogIuS9oOWlve+8jOS4lueVjO+8geS7iuWkqeWkqeawlOW+iOWlveOAguS9oOWlveWQl++8n+aIkeW+iOWlveOAgiJ9', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
