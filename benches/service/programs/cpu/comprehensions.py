def work():
    table = {key: [j * key for j in range(8)] for key in range(3_000)}
    evens = {key: sum(row) for key, row in table.items() if key % 2 == 0}
    return len(evens), max(evens.values()), len({value % 97 for value in evens.values()})
