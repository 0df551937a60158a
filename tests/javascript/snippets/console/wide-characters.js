console.log(['日本語', '中文字符', '한국어', 'emoji 😀', 'é', 'plain', 'αβγ', '日本語テキスト'], { 名前: '太郎', 'ключ': 1 });
console.table([{ 名前: '太郎', emoji: '😀👨‍👩‍👧', ascii: 'abc' }]);
