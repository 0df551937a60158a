function f() {
		const ü = '日本語'; return ü.x.y;
}
f();
