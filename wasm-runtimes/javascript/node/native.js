// The functions of glue/natives.c. Only the prelude has them.
const native = globalThis.__native;
delete globalThis.__native;
export default native;

// The numbers of glue/text.c.
export const encodings = { utf8: 0, utf16le: 1, latin1: 2, ascii: 3, hex: 4, base64: 5, base64url: 6 };
