function work() {
    const bodies = [[0, 0, 0, 0, 0, 0, 39.47], [4.84, -1.16, -0.1, 0.6, 2.81, -0.02, 0.037], [8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011]];
    for (let step = 0; step < 1000; step++) {
        for (let i = 0; i < 3; i++) for (let j = i + 1; j < 3; j++) {
            const a = bodies[i], b = bodies[j];
            const dx = a[0] - b[0], dy = a[1] - b[1], dz = a[2] - b[2];
            const m = 0.01 / ((dx * dx + dy * dy + dz * dz) * Math.sqrt(dx * dx + dy * dy + dz * dz));
            a[3] -= dx * b[6] * m; a[4] -= dy * b[6] * m; a[5] -= dz * b[6] * m;
            b[3] += dx * a[6] * m; b[4] += dy * a[6] * m; b[5] += dz * a[6] * m;
        }
        for (const b of bodies) { b[0] += 0.01 * b[3]; b[1] += 0.01 * b[4]; b[2] += 0.01 * b[5]; }
    }
    return bodies[0][0].toFixed(9);
}
