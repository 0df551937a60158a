const u = new URL('https://us%20er:p%40ss@sub.Example.COM:8080/a/./b/../c%20d/?q=1&q=2&é=ü#frag');
console.log(u, u.href, String(u), JSON.stringify({ u }), u.origin, u.searchParams.getAll('q'), u.pathname, u.username, u.password, u.host);
for (const [base, rel] of [['http://a/b/c', '../d?x#y'], ['http://a/b', '//other/p'], ['http://a', 'mailto:x@y.z'], ['file:///tmp/x', 'y']]) console.log(new URL(rel, base).href);
