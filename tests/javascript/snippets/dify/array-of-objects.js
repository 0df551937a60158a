const byScore = (a, b) => b.score - a.score;
function main({items}) {
  const kept = items.filter(i => i.score > 0.5).sort(byScore);
  return { result: kept.map((x, rank) => ({ rank: rank + 1, ...x })), ids: kept.map(i => i.id).join(',') };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJpdGVtcyI6IFt7ImlkIjogMSwgInNjb3JlIjogMC4yfSwgeyJpZCI6IDIsICJzY29yZSI6IDAuOX0sIHsiaWQiOiAzLCAic2NvcmUiOiAwLjcsICJtZXRhIjogeyJhIjogbnVsbH19XX0=', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
