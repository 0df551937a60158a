import copy

DATA = [{"id": i, "tags": ["a", ("b", i)], "owner": {"name": "user%d" % i}} for i in range(250)]


def work():
    return copy.deepcopy(DATA) == DATA
