(async () => {
  const form = new FormData();
  form.append('plain', 'a\nb');
  form.append('quo"ted', 'x');
  form.append('file', new Blob(['content'], { type: 'text/csv' }), 'na"me.csv');
  form.append('bytes', new File([new Uint8Array([0, 255, 13, 10])], 'b.bin'));
  const request = new Request('http://x/', { method: 'POST', body: form });
  const type = request.headers.get('content-type');
  console.log(type.replace(/\d{6,}/, 'N'));
  const text = await request.clone().text();
  console.log(JSON.stringify(text.replace(/undici-\d+/g, 'undici-N')));
  const back = await request.formData();
  for (const [name, value] of back) {
    console.log(name, typeof value === 'string' ? JSON.stringify(value) : [value.name, value.type, value.size, [...new Uint8Array(await value.arrayBuffer())].slice(0, 4)]);
  }
  const own = new Response('--b\r\nContent-Disposition: form-data; name="k"\r\n\r\nv\r\n--b--\r\n', { headers: { 'content-type': 'multipart/form-data; boundary=b' } });
  console.log([...await own.formData()]);
})();
