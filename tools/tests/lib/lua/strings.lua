-- SPDX-License-Identifier: MIT
-- The string library: patterns, formats, packing, conversion.
local values = {0.1, 1/3, 2/3, 1e15, 1e16, 1e100, 1e-100, 5e-324, 2^53, 2^63, -0.0, 123456789.125,
  math.pi, -math.pi, math.huge, -math.huge, 1e21, 999999.5, 0.00001234, 2.5, 3.5, 1.0e-5}
for _, v in ipairs(values) do
  print(v, string.format("%.14g|%.17g|%10.3f|%-12.2e|%+g|%a|%5.1f", v, v, v, v, v, v, v))
end
for _, v in ipairs({0, 1, -1, 255, 65535, math.maxinteger, math.mininteger}) do
  print(string.format("%d|%5d|%-7d|%07d|%x|%X|%#x|%o|%i|%+d", v, v, v, v, v, v, v, v, v, v))
end
print(string.format("%.0f %.0f %.0f %.2f %.3g %.1e", 0.5, 1.5, 2.5, 1.125, 1.125, 8.25))  -- ties
print(string.format("%q %q %q %q", "a\0b\n\"\\\r", 1/3, math.mininteger, 0x7fffffff))
print(string.format("%s %10s|%-10s|%.3s|%c%c|%%", "x", "right", "left", "truncate", 76, 117))
print(pcall(string.format, "%d", 1.5))
print(pcall(string.format, "%y", 1))

local text = "The quick brown fox jumps over the lazy dog, 3.14 times; 42% of 1e3 (nested (parens)) [x]"
print(text:find("fox"), text:find("o", 20, true), text:find("(%d+)%%"))
print(text:match("(%a+) (%a+)"), text:match("%((.*)%)"), text:match("%b()"), text:match("^%s*(.-)%s*$") == text)
print(text:gsub("%f[%a]%a+", function(w) return #w > 4 and w:upper() or nil end))
print(text:gsub("(%w+) (%w+)", "%2 %1", 3))
print(("hello world"):gsub("o", {o = "0"}), ("abc"):gsub("", "-"), ("x = 1"):gsub("%s*=%s*", "=%%"))
for k, v in ("a=1, b=22, c=333"):gmatch("(%w+)=(%w+)") do io.write(k, ":", v, " ") end
print()
for p in ("one;two;;four"):gmatch("([^;]*)") do io.write("<", p, ">") end
print()
print(("%d"):rep(3, ","), ("abc"):reverse(), ("MiXeD"):lower(), ("MiXeD"):upper(), #("x"):rep(1000))
print(("abcdef"):sub(2, -2), ("abcdef"):sub(-3), ("abcdef"):sub(0), ("abc"):sub(5), ("abc"):byte(1, -1))
print(pcall(string.rep, "x", -1), pcall(string.find, "a", "[a"), pcall(string.gsub, "a", "(", ""))
print(pcall(string.match, ("a"):rep(300000), (".-"):rep(300) .. "b"))

for _, s in ipairs({"10", "0x1F", " 1e2 ", "0x.8p1", "1e", "", "0x", "1 2", "inf", "nan", "9223372036854775807",
  "9223372036854775808", "-9223372036854775808", "1e309", "0x1p-1074", "3.", ".5", "5e-324", "1e-400"}) do
  print(s, tonumber(s), math.type(tonumber(s)))
end
for base = 2, 36, 7 do io.write(tostring(tonumber("10", base)), " ", tostring(tonumber("zz", base)), " ") end
print()
print(10 .. 20, 1.5 .. "|", -0.0 .. "", 2^63 .. "", math.mininteger .. "", "10" + 5, "0x10" * "2", "3" // 2)

local packed = string.pack("<i4 >I2 d z s1 !8 f", -7, 513, 1/3, "zero", "len", 0.5)
print(#packed, (packed:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
print(string.unpack("<i4 >I2 d z s1 !8 f", packed))
print(string.packsize("i4 i8 !8 d"), pcall(string.unpack, "i4", "abc"))
for i = 0, 255, 17 do io.write(string.char(i):match("%c") and "c" or "-", string.char(i):match("%p") and "p" or "-",
  string.char(i):match("%w") and "w" or "-", string.char(i):match("%x") and "x" or "-", " ") end
print()
print("a" < "b", "a" < "B", "" < "a", "a\0b" < "a\0c", "Z" < "a", "abc" <= "abc", not ("b" < "a"))
