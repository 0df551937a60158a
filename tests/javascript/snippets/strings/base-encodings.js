console.log(btoa('hello'), atob('aGVsbG8='), btoa('\xff\xfe'), JSON.stringify(atob(' aGk ')));
for (const bad of ['a', 'a===', '*', 'ab=c']) try { console.log(bad, JSON.stringify(atob(bad))); } catch (e) { console.log(bad, e.name, e.message, e.code); }
try { btoa('€'); } catch (e) { console.log(e.name, e.message, e instanceof DOMException); }
