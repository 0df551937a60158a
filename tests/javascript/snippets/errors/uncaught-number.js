console.log('x');
throw 42;
