console.log('Price: $42.50, €13, $7'.match(/(?<=\$)\d+(?:\.\d+)?/g));
console.log('foo.bar baz.bar'.replace(/(?<!foo)\.bar/g, '#'));
console.log('1234567.891'.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ','));
console.log('camelCaseStringHTML'.split(/(?<=[a-z])(?=[A-Z])/));
