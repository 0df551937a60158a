import numpy as np

a = np.arange(10_000, dtype=float).reshape(100, 100) + np.eye(100) * 1000
x = np.linalg.solve(a, np.ones(100))
print(np.allclose(a @ x, 1), a.shape, int(np.fft.fft(np.ones(64))[0].real))
rng = np.random.default_rng(7)
print(rng.integers(0, 100, 5).tolist())
np.save("/tmp/a.npy", a)
print(np.load("/tmp/a.npy", mmap_mode="r").sum() == a.sum())
