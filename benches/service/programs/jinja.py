
# declare main function
def main(**inputs):
    import jinja2
    template = jinja2.Template('''Hello {{ name }}!
{% for item in items %}- {{ item.name | title }}: {{ item.count }} x {{ "%.2f" | format(item.price) }}
{% endfor %}{% if items | length > 1 %}Total: {{ items | sum(attribute="count") }}{% endif %}''')
    return template.render(**inputs)

import json
from base64 import b64decode

# decode and prepare input dict
inputs_obj = json.loads(b64decode('eyJuYW1lIjogIldvcmxkIiwgIml0ZW1zIjogW3sibmFtZSI6ICJhcHBsZSIsICJwcmljZSI6IDEuMjUsICJjb3VudCI6IDR9LCB7Im5hbWUiOiAicGVhciIsICJwcmljZSI6IDIuNSwgImNvdW50IjogMn1dfQ==').decode('utf-8'))

# execute main function
output = main(**inputs_obj)

# convert output and print
result = f'''<<RESULT>>{output}<<RESULT>>'''
print(result)
