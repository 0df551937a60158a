import yaml

text = "shop:\n  - {name: tea, price: 3}\n  - {name: coffee, price: 5}\n"
print(yaml.safe_load(text)["shop"][1], yaml.safe_dump({"b": [1, None], "a": "é"}, allow_unicode=True))
