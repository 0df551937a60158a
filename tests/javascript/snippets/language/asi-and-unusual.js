let a = 1
let b = a
++b
var let_ = 5, async = 'async', of = 'of', get = 'get', yield_ = 1
const f = () => {
  return
  42
}
console.log(a, b, f(), async, of, get)
var \u0061bc = 'escaped'; console.log(abc, 'a\
b');
if (a) ; else console.log('never')
