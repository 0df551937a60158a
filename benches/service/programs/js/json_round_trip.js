const data = Array.from({ length: 500 }, (_, i) => ({ id: i, name: `name ${i}`, values: [i, i / 3, null, true], nested: { key: 'ä\n' } }));
function work() {
    return JSON.stringify(JSON.parse(JSON.stringify(data)), null, 2).length;
}
