const s = new Intl.Segmenter('en', { granularity: 'grapheme' }); console.log([...s.segment('e\u0301👨‍👩‍👧🇩🇪a')].map((x) => x.segment.length), [...s.segment('ab')]);
