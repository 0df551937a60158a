const a = { name: 'a' }; a.self = a;
try { JSON.stringify(a); } catch (e) { console.log(e.name, e.message); }
const b = { x: { y: [{}] } }; b.x.y[0].back = b.x;
try { JSON.stringify(b); } catch (e) { console.log(e.message); }
class Node { constructor() { this.child = { parent: this }; } }
try { JSON.stringify({ list: [new Node()] }); } catch (e) { console.log(e.message); }
