def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(u):
    return [sum(element(i, j) * u_j for j, u_j in enumerate(u)) for i in range(len(u))]


def times_transposed(u):
    return [sum(element(j, i) * u_j for j, u_j in enumerate(u)) for i in range(len(u))]


def work():
    u = [1.0] * 60
    for _ in range(3):
        v = times_transposed(times(u))
        u = times_transposed(times(v))
    return round((sum(a * b for a, b in zip(u, v)) / sum(b * b for b in v)) ** 0.5, 6)
