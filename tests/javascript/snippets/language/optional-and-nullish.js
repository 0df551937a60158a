const o = { a: { b: null, f() { return this.b ?? 'none'; } }, zero: 0, empty: '' };
console.log(o?.a?.b?.c, o.x?.y.z.w, o.a.f?.(), o.nope?.(), o?.['zero'] ?? 5, o.zero || 5, delete o?.a?.b);
o.zero ||= 7; o.empty ??= 'kept'; o.a &&= 'replaced'; console.log(o);
