-- SPDX-License-Identifier: MIT
-- Integer and float arithmetic, the math library, comparison, conversion.
local ints = {0, 1, -1, 2, 7, -7, 255, math.maxinteger, math.mininteger, 1 << 40}
for _, a in ipairs(ints) do
  for _, b in ipairs(ints) do
    io.write(a + b, " ", a - b, " ", a * b, " ", a & b, " ", a | b, " ", a ~ b, " ", a << (b & 63), " ", a >> (b & 63))
    if b ~= 0 then io.write(" ", a // b, " ", a % b, " ", a / b) end
    io.write(a < b and " <" or " -", math.ult(a, b) and "u\n" or "-\n")
  end
end
local floats = {0.0, -0.0, 0.5, -2.5, 3.0, 1e10, 1e308, -1e-308, 1/0, -1/0}
for _, a in ipairs(floats) do
  for _, b in ipairs(floats) do
    local q, r = a // b, a % b
    io.write(a + b == a + b and a + b or "nan", " ", a * b == a * b and a * b or "nan", " ", q == q and q or "nan", " ", r == r and r or "nan", "\n")
  end
end
for _, x in ipairs({0.1, 0.5, 1, 1.5, 2, 3.75, 10, 100.25, 1e-5, 12345.678}) do
  print(x, math.sqrt(x), math.floor(x), math.ceil(x), math.tointeger(x), math.modf(x), math.fmod(x, 0.7))
  print(("%.13g %.13g %.13g %.13g %.13g"):format(math.sin(x), math.cos(x), math.tan(x), math.exp(-x), math.log(x)))
  print(("%.13g %.13g %.13g %.13g %.13g"):format(math.atan(x), math.atan(-x, 2), math.log(x, 10), math.log(x, 2), x ^ 1.5))
end
print(math.asin(1), math.acos(0), math.asin(0.5), math.acos(-1), math.exp(1), math.log(8, 2), math.log(1000, 10), 2 ^ 0.5, 2 ^ 10, 10 ^ -2)
print(math.pi, math.huge, -math.huge, math.maxinteger, math.mininteger, math.max(1, 2.5, -1), math.min(3, 1, 2))
print(math.type(1), math.type(1.0), math.type("1"), 1 == 1.0, math.maxinteger + 1 == math.mininteger, math.maxinteger + 1.0 == 2^63)
print(7 // 2, -7 // 2, 7 // -2, 7 % 3, -7 % 3, 7 % -3, 7.5 // 2, -7.5 % 2, 5 // 0.0, -5 % math.huge, 1e308 * 10, 0/0 ~= 0/0)
print(3 | 0, 3.0 | 0, "7" + 0, "0x7p1" + 0, 2^31 | 0, pcall(function() return 1.5 | 0 end))
print(math.abs(-5), math.abs(math.mininteger), math.abs(-0.0), math.floor(-3.5), math.ceil(-3.5), math.floor(2^70), math.fmod(-6, 4), math.fmod(6, -4))
print(pcall(math.fmod, 1, 0), pcall(math.random, 0, -1), pcall(math.floor, "x"), math.tointeger("8"), math.tointeger(2^53))
math.randomseed(42)
local r = {} for i = 1, 8 do r[i] = math.random(1, 1000) end
print(table.concat(r, " "), math.random(0) ~= nil, math.random() < 1)
local s, c = 0.0, 0
for i = 1, 20000 do s = s + 1 / (i * i); c = c ~ (i * 2654435761) end
print(s, c)
local x = 1.0
for i = 1, 60 do x = x / 3 io.write(x, i % 6 == 0 and "\n" or " ") end
print(1e15, 1e14, 123456789012345, 0.1 + 0.2, 100 // 1e-320, 1e15 / 3, 2^24 + 0.5, 1e300 * 1e10 == math.huge)
for _, s in ipairs({"1e1", "0x10", "1e-3", "0x1p4", "  12  ", "1_000", "١"}) do io.write(tostring(tonumber(s)), " ") end
print()
print(utf8.char(72, 228, 8364, 0x1F986), utf8.len("Hä€🦆"), utf8.codepoint("Hä€🦆", 1, -1))
for p, c in utf8.codes("aé€🦆") do io.write(p, ":", c, " ") end
print(utf8.offset("aé€🦆", 3), utf8.offset("aé€🦆", -1), utf8.len("\xff"), pcall(utf8.codepoint, "\xff"))
for w in ("häß €"):gmatch(utf8.charpattern) do io.write("[", w, "]") end
print(#utf8.char(0x7FFFFFFF), pcall(utf8.char, -1))
