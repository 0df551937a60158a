def work(n=7):
    perm1, count = list(range(n)), list(range(1, n + 1))
    flips_max, checksum, r, sign = 0, 0, n, 1
    while True:
        if perm1[0]:
            perm, flips = perm1[:], 0
            while first := perm[0]:
                perm[: first + 1] = perm[first::-1]
                flips += 1
            flips_max = max(flips_max, flips)
            checksum += sign * flips
        if sign == 1:
            perm1[0], perm1[1] = perm1[1], perm1[0]
            sign = -1
            continue
        perm1[1], perm1[2] = perm1[2], perm1[1]
        sign = 1
        for r in range(2, n):
            count[r] -= 1
            if count[r] > 0:
                break
            count[r] = r + 1
            if r == n - 1:
                return checksum, flips_max
            perm1.insert(r + 1, perm1.pop(0))
