from pydantic import BaseModel, ValidationError


class Order(BaseModel):
    item: str
    count: int


print(Order.model_validate_json('{"item": "tea", "count": "3"}').model_dump())
try:
    Order(item="tea", count="many")
except ValidationError as error:
    print(error.error_count(), error.errors()[0]["type"])
