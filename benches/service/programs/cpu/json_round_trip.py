import json

DATA = {
    "users": [
        {"id": i, "name": "user%d" % i, "tags": ["a", "b\u00e9"], "score": i * 1.5, "on": i % 2 == 0}
        for i in range(400)
    ]
}


def work():
    return json.loads(json.dumps(DATA, indent=4)) == DATA
