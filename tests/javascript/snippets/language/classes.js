class Shape {
  static count = 0; static #secret = 'shh'; #id;
  constructor(name) { this.name = name; this.#id = ++Shape.count; }
  get id() { return this.#id; }
  static reveal() { return Shape.#secret; }
  static { this.ready = true; }
  area() { return 0; }
  toString() { return `${this.constructor.name}#${this.#id}(${this.area().toFixed(2)})`; }
  has(o) { return #id in o; }
}
class Circle extends Shape { constructor(r) { super('circle'); this.r = r; } area() { return Math.PI * this.r ** 2; } }
const c = new Circle(2);
console.log(String(c), c, c.id, Shape, Circle, Shape.reveal(), c.has(c), c.has({}), Shape.ready, class {}, class extends Shape {});
