import { readFile } from 'fs/promises';
const v = await Promise.resolve(5); console.log(v, typeof readFile, typeof require, typeof module, typeof __filename, this); const { default: os } = await import('node:os'); console.log(os.EOL.length); for await (const x of [1, 2]) console.log(x); export const exported = 1; export default function named() {}
