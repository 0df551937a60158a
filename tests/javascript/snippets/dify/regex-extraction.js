function main({ html }) {
  const links = [...html.matchAll(/<a\s+href="([^"]+)"[^>]*>(.*?)<\/a>/g)].map(m => ({ href: m[1], text: m[2] }));
  return { links, count: links.length, title: html.match(/<title>(.*?)<\/title>/)?.[1] ?? null };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJodG1sIjogIjx0aXRsZT5UPC90aXRsZT48YSBocmVmPVwiaHR0cDovL3gueVwiPlg8L2E+IDxhIGhyZWY9XCIvelwiIGNsYXNzPVwicVwiPlogPGk+MTwvaT48L2E+In0=', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
