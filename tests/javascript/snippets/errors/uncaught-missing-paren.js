console.log('a', [1, 2].map((x) => x * 2);
