[3, 1, 2].sort((a, b) => { if (a === 2 || b === 2) throw new Error('comparator'); return a - b; });
