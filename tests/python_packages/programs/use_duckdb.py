import duckdb

print(duckdb.sql("select sum(x) from range(10) numbers(x)").fetchall())
