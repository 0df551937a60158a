for (const [n, d] of [['a', 60], ['b', 30], ['c', 60], ['d', 30], ['e', 1], ['f', 0]]) setTimeout(() => console.log(n), d);
