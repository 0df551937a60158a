const data = { rows: [{ a: 1 }, { a: 2 }] }; export default data; export { data as named }; console.log(JSON.stringify(data), import.meta.url.startsWith('file://'));
