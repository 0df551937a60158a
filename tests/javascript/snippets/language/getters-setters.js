const account = { _b: 10, get balance() { return this._b; }, set balance(v) { if (v < 0) throw new RangeError('no debts'); this._b = v; }, get only() { return 1; }, set write(v) {} };
account.balance = 20;
console.log(account, account.balance);
account.only = 5;
try { account.balance = -1; } catch (e) { console.log(e.name, e.message); }
(function () { 'use strict'; try { account.only = 5; } catch (e) { console.log(e.message); } })();
