def work():
    lines = []
    for i in range(8_000):
        lines.append("item-%d:%s" % (i, str(i).upper()) + f" {i:>8}|".replace(" ", "."))
    text = ",".join(lines)
    return len(text), text.count("7"), len(text.split(","))
