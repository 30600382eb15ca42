-- SPDX-License-Identifier: MIT
-- Closures, upvalues, varargs, goto, integer and float loops.
local function counter(start, step)
  local n = start
  return function() n = n + step; return n end, function() return n end
end
local up, see = counter(10, 3)
local down = counter(0, -2)
for _ = 1, 5 do up(); down() end
print(see(), down())

local fs = {}
for i = 1, 5 do fs[i] = function(x) i = i + x; return i end end
for k = 1, 5 do io.write(fs[k](k), " ", fs[k](1), "; ") end
print()

local function sum(...)
  local t = 0
  for i = 1, select("#", ...) do t = t + (select(i, ...) or 0) end
  return t, select("#", ...)
end
print(sum(1, nil, 3, nil), (sum(table.unpack({1, 2, 3, 4.5}))))

local Y = function(f)
  local function g(x) return f(function(...) return x(x)(...) end) end
  return g(g)
end
print(Y(function(self) return function(n) return n < 2 and n or self(n - 1) + self(n - 2) end end)(20))

local memo = setmetatable({}, {__mode = "k"})
local function compose(...)
  local list = {...}
  return function(x) for i = #list, 1, -1 do x = list[i](x) end return x end
end
print(compose(function(x) return x * 2 end, function(x) return x + 1 end, math.abs)(-20.5))

for i = 1, 3 do
  for j = 1, 3 do
    if (i + j) % 2 == 0 then goto continue end
    io.write(i, ",", j, " ")
    ::continue::
  end
end
print()
for x = 1.0, 2.0, 0.25 do io.write(x, " ") end
for x = 3, 1, -1 do io.write(x, " ") end
for x = math.maxinteger - 1, math.maxinteger do io.write(x, " ") end
print()
local chunk <const> = "local a, b = ... return a .. b, #a, _ENV ~= nil"
print(load(chunk)("one", "two"))
do
  local log = {}
  do
    local c <close> = setmetatable({}, {__close = function() log[#log + 1] = "closed" end})
    log[#log + 1] = "open"
  end
  print(table.concat(log, ","))
end
print(memo ~= nil, string.dump and #string.dump(function() return 1 end) > 10)
