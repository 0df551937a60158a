const s = 'e\u0301 ñ 👨‍👩‍👧 𝒳';
console.log(s.length, [...s].length, s.normalize('NFC').length, s.normalize('NFD').length, 'ﬁ'.normalize('NFKC'));
console.log(s.split('').length, s.isWellFormed(), '\ud800x'.toWellFormed(), escape('ü é'), unescape('%FC%u20AC'));
console.log(encodeURIComponent('a b&c/ü€💩'), encodeURI('http://x.y/ü?q=a b#c'), decodeURIComponent('%E2%82%AC'));
console.log(String.fromCodePoint(128169, 0x41), String.fromCharCode(0xd83d, 0xdca9), '\u{1F4A9}', 'a\0b', '\x41');
try { decodeURIComponent('%'); } catch (e) { console.log(e.name, e.message); }
try { encodeURIComponent('\ud800'); } catch (e) { console.log(e.name, e.message); }
