// The program's text by the name its frames have.
export const sources = new Map();
