import pandas as pd

frame = pd.DataFrame({"n": range(100), "m": [x * x for x in range(100)]})
print(frame.describe().to_json())
