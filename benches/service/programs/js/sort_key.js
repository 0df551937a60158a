const rows = Array.from({ length: 3000 }, (_, i) => ({ key: (i * 7919) % 3001, name: 'n' + ((i * 31) % 997) }));
function work() {
    const sorted = [...rows].sort((a, b) => a.key - b.key || (a.name < b.name ? -1 : 1));
    return sorted[17].key + sorted[2000].name;
}
