console.log('x'.anchor('a"b'), 'x'.bold(), 'x'.link('u'), 'x'.big(), 'x'.sub(), 'x'.fontcolor('red'));
