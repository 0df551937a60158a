(async () => {
  const data = new TextEncoder().encode('hello'); for (const a of ['SHA-1', 'SHA-256', 'SHA-384', { name: 'sha-512' }]) console.log(Buffer.from(await crypto.subtle.digest(a, data)).toString('hex'));
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('k'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  const sig = await crypto.subtle.sign('HMAC', key, data); console.log(Buffer.from(sig).toString('base64'), await crypto.subtle.verify('HMAC', key, sig, data), key.type, key.algorithm, key.usages);
  try { await crypto.subtle.digest('MD5', data); } catch (e) { console.log(e.name, e.message); }
  try { crypto.getRandomValues(new Float32Array(1)); } catch (e) { console.log(e.name, e.message); } try { crypto.getRandomValues(new Uint8Array(70000)); } catch (e) { console.log(e.name, e.message); }
})();
