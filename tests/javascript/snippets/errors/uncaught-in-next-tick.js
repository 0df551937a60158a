process.nextTick(() => {
  null.x;
});
console.log('scheduled');
