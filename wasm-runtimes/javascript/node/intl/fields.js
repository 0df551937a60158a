// Formatted text in parts.

// UFieldCategory
export const Category = { date: 1, number: 2, list: 3, relative: 4, numberSpan: 0x1002, dateSpan: 0x1005 };

// Text and fields as glue/intl returns them -> [{ category, field, start, end }, …]
export function fieldsOf(result) {
  const fields = [];
  for (let i = 1; i < result.length; i += 4) {
    fields.push({ category: result[i], field: result[i + 1], start: result[i + 2], end: result[i + 3] });
  }
  return fields;
}

// Runs of the text, each with the innermost field over it.
export function flatten(length, fields) {
  const owner = new Array(length).fill(undefined);
  const outermost = [...fields].sort((a, b) => (b.end - b.start) - (a.end - a.start));
  for (const each of outermost) {
    owner.fill(each, each.start, each.end);
  }
  const runs = [];
  for (let start = 0; start < length;) {
    let end = start + 1;
    while (end < length && owner[end] === owner[start]) {
      end++;
    }
    runs.push({ field: owner[start], start, end });
    start = end;
  }
  return runs;
}

// 'startRange', 'endRange' or 'shared', by the spans of a range.
export function sourceOf(spans) {
  return (start, end) => {
    const span = spans.find((each) => start >= each.start && end <= each.end);
    return span === undefined ? 'shared' : span.field === 0 ? 'startRange' : 'endRange';
  };
}
