-- SPDX-License-Identifier: MIT
-- Coroutines, errors, pcall, xpcall, error objects, stack overflow.
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end return "end" end) end
local g = gen(3)
print(g()) print(g()) print(g()) print(g()) print(pcall(g))

local function permgen(a, n)
  n = n or #a
  if n <= 1 then coroutine.yield(table.concat(a)) return end
  for i = 1, n do
    a[n], a[i] = a[i], a[n]
    permgen(a, n - 1)
    a[n], a[i] = a[i], a[n]
  end
end
local all = {}
for p in coroutine.wrap(function() permgen({"a", "b", "c", "d"}) end) do all[#all + 1] = p end
print(#all, table.concat(all, " "))

local co = coroutine.create(function(a, b)
  print("start", a, b, coroutine.isyieldable())
  local c = coroutine.yield(a + b)
  local d, e = coroutine.yield(c * 2)
  error({code = d + e})
end)
print(coroutine.resume(co, 1, 2)) print(coroutine.resume(co, 10))
local ok, e = coroutine.resume(co, 3, 4)
print(ok, type(e), e.code, coroutine.status(co), coroutine.resume(co))
print(coroutine.close(co), coroutine.isyieldable(), select(2, coroutine.running()))

local producer = coroutine.wrap(function() for w in ("x yy zzz"):gmatch("%a+") do coroutine.yield(w) end end)
local filter = coroutine.wrap(function() for w in producer do coroutine.yield(w:upper() .. #w) end end)
for w in filter do io.write(w, " ") end
print()

print(pcall(error, "plain"), pcall(error), pcall(error, nil), pcall(error, {1}) == false)
print(select(2, pcall(function() error("with position") end)))
print(select(2, pcall(function() error("level 2", 2) end)))
print(select(2, pcall(function() local x = nil; return x.field end)))
print(select(2, pcall(function() return 1 + {} end)))
print(select(2, pcall(function() return #5 end)))
print(select(2, pcall(function() return {} < {} end)))
print(select(2, pcall(function() return 1 // 0 end)))
print(select(2, pcall(function() return 2^53 | 0.5 end)))
print(select(2, pcall(function() return "a" + 1 end)))
print(xpcall(function() error("deep") end, function(m) return "handled: " .. m end))
print((select(2, xpcall(function() local t = nil; t() end, debug.traceback)):gsub("\n.*", "")))
local function recurse(n) return 1 + recurse(n + 1) end
local ok, m = pcall(recurse, 1)
print(ok, m:match("stack overflow"))
print(pcall(coroutine.wrap(function() return pcall(function() coroutine.yield("inside pcall") error("after") end) end)))
local function nest(n) if n == 0 then return coroutine.yield("bottom") end return (coroutine.wrap(nest))(n - 1) end
print(coroutine.wrap(nest)(50))
print(load("x = = 1")) print(load("for i = 1 do end", "=chunk")) print(load("return 'abc", "@file.lua"))
print(pcall(load, nil), type(load(function() return nil end)))
local handlers = setmetatable({}, {__index = function(_, k) error("no " .. k, 2) end})
print(pcall(function() return handlers.missing end))
print(tostring(nil), tostring(true), tostring(1e15), tostring(-0.0), rawequal("a", "a"), assert(1, "x"))
print(pcall(assert, false, "said"), pcall(assert, nil), pcall(assert, false, {}) == false)
local cos = {}
for i = 1, 500 do cos[i] = coroutine.wrap(function(x) while true do x = coroutine.yield(x + i) end end) end
local total = 0
for round = 1, 5 do for i = 1, 500 do total = total + cos[i](round) end end
print(total)
