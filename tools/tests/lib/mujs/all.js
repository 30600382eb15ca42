// SPDX-License-Identifier: MIT
// What leans on libc: numbers to text and back, mathematics, strings, sorting, dates, jumps.
print([1, 2, 3].map(function (x) { return x * x; }), Math.sqrt(2), (0.1 + 0.2).toFixed(3), 1 / 3);
print(/a(b+)c/.exec("xabbbc")[1], "one,two;three".split(/[,;]/), "aXbX".replace(/X/g, "-"));
print(JSON.stringify({ a: [1, { b: null }], c: "\u00e9" }), JSON.parse("[1e300, -0.5]"));
print(new Date(0).toISOString(), new Date(Date.UTC(2024, 1, 29)).toISOString());
print(parseInt("ff", 16), parseFloat("3.25e-7x"), Number("0x1F"), (255).toString(2), 1e21, 5e-324);
["sin", "cos", "tan", "atan", "exp", "log", "floor", "ceil", "round"].forEach(function (name) {
	print(name, Math[name](0.7), Math[name](-1234.5), Math[name](1e10));
});
for (var i = 0, n = 1, list = []; i < 2000; i++) {
	n = (n * 1103515245 + 12345) % 2147483648;
	list.push(n / 7);
}
list.sort(function (a, b) { return a - b; });
print(list.length, list[0], list[999], list[1999], list.slice(500, 503));
function fib(k) { return k < 2 ? k : fib(k - 1) + fib(k - 2); }
print(fib(18), (function f(k) { try { return f(k + 1); } catch (e) { return e.name; } })(0));
try { null.x; } catch (e) { print(e.name); } finally { print("finally"); }
for (i = 0, n = ""; i < 20000; i++)
	n += String.fromCharCode(97 + i % 26);
print(n.length, n.substr(19990), scriptArgs);
throw new RangeError("the end");
