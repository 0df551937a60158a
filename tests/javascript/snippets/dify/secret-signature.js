const crypto = require('crypto');
function main({ key, params }) {
  const q = Object.keys(params).sort().map(k => `${encodeURIComponent(k)}=${encodeURIComponent(params[k])}`).join('&');
  return { q, sign: crypto.createHmac('sha256', key).update(q).digest('hex'), md5: crypto.createHash('md5').update(q + key).digest('hex').toUpperCase() };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJrZXkiOiAiazN5IiwgInBhcmFtcyI6IHsiYiI6ICIyIDMiLCAiYSI6ICLDvCIsICJjIjogMX19', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
