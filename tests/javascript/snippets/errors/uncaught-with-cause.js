try {
  JSON.parse('nope');
} catch (cause) {
  throw new Error('could not load', { cause });
}
