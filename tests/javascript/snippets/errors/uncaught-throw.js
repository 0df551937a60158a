function validate(x) {
  if (!x.ok) {
    throw new Error('validation failed');
  }
}
console.log('before');
validate({ ok: false });
console.log('never');
