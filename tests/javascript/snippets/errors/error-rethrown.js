try {
  null.f();
} catch (e) {
  e.message = 'changed: ' + e.message;
  throw e;
}
