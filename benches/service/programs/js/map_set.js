function work() {
    const groups = new Map();
    for (let i = 0; i < 10000; i++) {
        const key = 'k' + (i % 100);
        if (!groups.has(key)) groups.set(key, new Set());
        groups.get(key).add(i % 37);
    }
    let sum = 0;
    for (const [, set] of groups) sum += set.size;
    return sum;
}
