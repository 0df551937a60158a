const wrap = (text, width) => text.split(' ').reduce((lines, word) => {
  const last = lines.at(-1);
  if ((last + ' ' + word).trim().length <= width) lines[lines.length - 1] = (last + ' ' + word).trim();
  else lines.push(word);
  return lines;
}, ['']);
console.log(wrap('Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore', 24));
