from scipy import integrate, optimize, sparse, stats

print(round(optimize.minimize_scalar(lambda x: (x - 2) ** 2).x, 6))
print(round(integrate.quad(lambda x: x * x, 0, 3)[0], 6))
print(sparse.csr_matrix([[1, 0], [0, 2]]).dot([3, 4]).tolist())
print(round(stats.norm.cdf(1.96), 4))
