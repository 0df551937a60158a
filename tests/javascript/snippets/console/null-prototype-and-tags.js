console.log(Object.create(null), Object.assign(Object.create(null), { a: 1 }), { [Symbol.toStringTag]: 'T', a: 1 }, Object.setPrototypeOf([1], null), Object.setPrototypeOf(new Map([[1, 2]]), null));
console.log(Object.setPrototypeOf(new Error('np'), null) instanceof Error, Object.setPrototypeOf(() => {}, null), Object.setPrototypeOf(/x/, null));
class T { get [Symbol.toStringTag]() { return 'Tagged'; } } console.log(new T(), [new T()]);
