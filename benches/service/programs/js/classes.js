class Shape { constructor(size) { this.size = size; } area() { return 0; } }
class Square extends Shape { area() { return this.size ** 2; } }
class Circle extends Shape { #factor = 3; area() { return this.#factor * this.size; } get double() { return this.area() * 2; } }
function work() {
    let sum = 0;
    for (let i = 0; i < 5000; i++) {
        const shape = i % 2 ? new Square(i % 10) : new Circle(i % 10);
        sum += shape.area() + (shape.double ?? 0);
    }
    return sum;
}
