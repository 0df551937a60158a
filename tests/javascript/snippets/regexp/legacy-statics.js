/(\d+)-(\d+)/.exec('x 12-34 y');
console.log(RegExp.$1, RegExp.$2, RegExp.lastMatch, RegExp['$`'], RegExp["$'"]);
