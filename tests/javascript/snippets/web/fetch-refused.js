console.log(typeof fetch, fetch.name, fetch.length); (async () => { try { await fetch('not a url'); } catch (e) { console.log(e.name, e.message, e.cause?.code); } })();
