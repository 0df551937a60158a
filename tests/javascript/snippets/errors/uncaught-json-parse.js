const text = '{"a": 1,}';
const parsed = JSON.parse(text);
