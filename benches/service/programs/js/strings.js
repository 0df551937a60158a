function work() {
    const words = [];
    for (let i = 0; i < 3000; i++) words.push(`word${i}`.toUpperCase().replace('O', '0').padStart(12, '.'));
    return words.join(',').split(',').map((word) => word.trim().slice(2, 8)).join('').length;
}
