from math import sqrt

START = [
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.478),
    (4.84, -1.16, -0.10, 0.606, 2.811, -0.025, 0.0377),
    (8.34, 4.12, -0.40, -1.010, 1.825, 0.008, 0.0113),
    (12.89, -15.11, -0.22, 1.082, 0.868, -0.011, 0.0017),
    (15.38, -25.92, 0.18, 0.979, 0.594, -0.034, 0.0020),
]


def work():
    bodies = [list(body) for body in START]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    for _ in range(400):
        for a, b in pairs:
            dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            square = dx * dx + dy * dy + dz * dz
            force = 0.01 / (square * sqrt(square))
            toward_b, toward_a = b[6] * force, a[6] * force
            a[3] -= dx * toward_b
            a[4] -= dy * toward_b
            a[5] -= dz * toward_b
            b[3] += dx * toward_a
            b[4] += dy * toward_a
            b[5] += dz * toward_a
        for body in bodies:
            body[0] += 0.01 * body[3]
            body[1] += 0.01 * body[4]
            body[2] += 0.01 * body[5]
    return [round(body[0], 6) for body in bodies]
