function main({ scores, weights }) {
  const w = Object.values(weights).reduce((a, b) => a + b, 0);
  const total = Object.entries(scores).reduce((s, [k, v]) => s + v * (weights[k] ?? 0), 0) / w;
  return { total, rounded: Math.round(total * 100) / 100, grade: total >= 0.9 ? 'A' : total >= 0.7 ? 'B' : 'C' };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJzY29yZXMiOiB7ImEiOiAwLjgsICJiIjogMC45NSwgImMiOiAwLjN9LCAid2VpZ2h0cyI6IHsiYSI6IDEsICJiIjogMiwgImMiOiAwLjV9fQ==', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
