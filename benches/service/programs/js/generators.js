function* count(n) { for (let i = 0; i < n; i++) yield i; }
function work() {
    let sum = 0;
    for (const i of count(10000)) sum += i;
    return sum + [...count(1000)].length;
}
