
def main(name, items):
    total = sum(item["price"] * item["count"] for item in items)
    return {"greeting": "Hello, " + name, "total": total, "names": [item["name"].upper() for item in items]}

import json
from base64 import b64decode

# decode and prepare input dict
inputs_obj = json.loads(b64decode('eyJuYW1lIjogIldvcmxkIiwgIml0ZW1zIjogW3sibmFtZSI6ICJhcHBsZSIsICJwcmljZSI6IDEuMjUsICJjb3VudCI6IDR9LCB7Im5hbWUiOiAicGVhciIsICJwcmljZSI6IDIuNSwgImNvdW50IjogMn1dfQ==').decode('utf-8'))

# execute main function
output_obj = main(**inputs_obj)

# convert output to json and print
output_json = json.dumps(output_obj, indent=4)

result = f'''<<RESULT>>{output_json}<<RESULT>>'''
print(result)
