const numbers = Array.from({ length: 10000 }, (_, i) => i);
function work() {
    return numbers.map((n) => n * 2).filter((n) => n % 3 === 0).reduce((sum, n) => sum + n, 0)
        + numbers.slice(100, 900).flatMap((n) => [n, n]).indexOf(700);
}
