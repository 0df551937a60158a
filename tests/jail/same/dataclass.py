from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: 'int' = 2
print(P(1))
import typing; print(typing.get_type_hints(P))