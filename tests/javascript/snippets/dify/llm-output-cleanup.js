function main({ text }) {
  const m = text.match(/```(?:json)?\s*([\s\S]*?)```/);
  const json = JSON.parse((m ? m[1] : text).trim());
  const think = /<think>([\s\S]*?)<\/think>/.exec(text)?.[1].trim();
  return { ...json, think };
}

// decode and prepare input object
var inputs_obj = JSON.parse(Buffer.from('eyJ0ZXh0IjogIjx0aGluaz5cbmhtbVxuPC90aGluaz5cbkhlcmU6XG5gYGBqc29uXG57XCJhbnN3ZXJcIjogNDIsIFwid2h5XCI6IFtcImFcIiwgXCJiXCJdfVxuYGBgXG5Eb25lLiJ9', 'base64').toString('utf-8'))

// execute main function
var output_obj = main(inputs_obj)

// convert output to json and print
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
