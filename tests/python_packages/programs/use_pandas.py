# The program of the complaints: a data frame, grouped, pivoted, resampled, through CSV and back.
import io

import pandas as pd

frame = pd.DataFrame({
    "day": pd.date_range("2026-01-01", periods=8, freq="D"),
    "shop": ["north", "south"] * 4,
    "sold": [3, 5, 2, 8, 1, 9, 4, 6],
})
print(frame.groupby("shop")["sold"].agg(["sum", "mean"]).to_json(orient="index"))
print(frame.set_index("day")["sold"].resample("4D").sum().tolist())
print(pd.read_csv(io.StringIO(frame.to_csv(index=False)), parse_dates=["day"]).equals(frame))
frame.to_csv("/tmp/sales.csv")
print(len(open("/tmp/sales.csv").readlines()), frame["sold"].describe()["75%"])
