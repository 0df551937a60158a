function Animal(name) { this.name = name; }
Animal.prototype.speak = function () { return `${this.name} speaks`; };
function Dog(name) { Animal.call(this, name); }
Dog.prototype = Object.create(Animal.prototype); Dog.prototype.constructor = Dog;
const d = new Dog('Rex');
console.log(d.speak(), d, d instanceof Animal, Object.getPrototypeOf(d) === Dog.prototype, Animal.prototype, Dog.prototype, new (function () { this.a = 1; })());
console.log(Object.create(null), Object.create({ inherited: 1 }), Object.create(d), Object.setPrototypeOf({ x: 1 }, null));
for (const k in Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true } })) console.log(k);
