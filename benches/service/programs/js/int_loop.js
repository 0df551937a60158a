function work() {
    let total = 0;
    for (let i = 0; i < 100000; i++) total = (total + i * 3) % 1000003;
    return total;
}
