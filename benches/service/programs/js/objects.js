function work() {
    const rows = [];
    for (let i = 0; i < 5000; i++) rows.push({ id: i, name: 'row' + i, price: i * 1.5, tags: [i % 7, i % 11] });
    let sum = 0;
    for (const { price, tags: [a, b], ...rest } of rows) sum += price + a * b + rest.id;
    return sum;
}
