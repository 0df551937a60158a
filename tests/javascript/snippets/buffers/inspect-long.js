console.log(Buffer.alloc(51), Buffer.from('0123456789'.repeat(6)), { b: Buffer.from('abc') }, [Buffer.from([0, 255])], new Uint8Array(Buffer.from('ab')), Buffer.from('x').inspect?.());
console.log(String(Buffer.from('str')), Buffer.from('a') + 'b', `${Buffer.from('t')}`, Buffer.from('abc').toLocaleString(), Buffer.from('1') == '1');
