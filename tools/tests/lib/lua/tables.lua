-- SPDX-License-Identifier: MIT
-- Tables, sorting, metatables, inheritance.
local seed = 12345
local function random(n) seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed % n + 1 end

local t = {}
for i = 1, 2000 do t[i] = random(100000) end
local copy = table.move(t, 1, #t, 1, {})
table.sort(t)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
table.sort(copy, function(a, b) return a > b end)
print(#t, t[1], t[1000], t[2000], copy[1], copy[2000])

local words = {}
for w in ("sorting words by length and then by the alphabet is what this line is for"):gmatch("%a+") do words[#words + 1] = w end
table.sort(words, function(a, b) if #a ~= #b then return #a < #b end return a < b end)
print(table.concat(words, " "))
print(pcall(table.sort, {3, 1, "x", 2}))
print(pcall(table.sort, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, function() return true end))

local q = {}
for i = 1, 10 do table.insert(q, i * i) end
table.insert(q, 1, "front")
print(table.remove(q), table.remove(q, 1), table.remove(q, 5), #q, table.concat(q, ","), table.unpack(q, 2, 4))
local p = table.pack(1, nil, 3)
print(p.n, #table.pack(), select("#", table.unpack(p, 1, p.n)))

local sparse = {}
for i = 1, 200, 3 do sparse[i * 7] = i end
sparse.x, sparse[1.5], sparse[-1], sparse[2^53] = 1, 2, 3, 4
local keys, sum = 0, 0
for k, v in pairs(sparse) do keys = keys + 1; sum = sum + v end
print(keys, sum, sparse[7.0], sparse[2^53 | 0], next({}), rawlen({1, 2}), #"abc")

local V = {}
V.__index = V
local function vec(x, y) return setmetatable({x = x, y = y}, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
V.__mul = function(a, b) return type(a) == "number" and vec(a * b.x, a * b.y) or a.x * b.x + a.y * b.y end
V.__unm = function(a) return vec(-a.x, -a.y) end
V.__eq = function(a, b) return a.x == b.x and a.y == b.y end
V.__lt = function(a, b) return a.x < b.x end
V.__le = function(a, b) return a.x <= b.x end
V.__len = function(a) return 2 end
V.__call = function(self, k) return self[k] end
V.__concat = function(a, b) return tostring(a) .. "&" .. tostring(b) end
V.__tostring = function(a) return ("(%g,%g)"):format(a.x, a.y) end
V.__idiv = function(a, b) return vec(a.x // b, a.y // b) end
V.__band = function(a, b) return "and" end
V.__name = "vector"
local a, b = vec(1, 2), vec(3, 4.5)
print(tostring(a + b), a * b, tostring(2 * a), tostring(-b), a == vec(1, 2), a < b, a <= b, #a, a"y", a .. b, tostring(b // 2), a & 1)

local Animal = {} Animal.__index = Animal
function Animal.new(name) return setmetatable({name = name}, Animal) end
function Animal:speak() return self.name .. " makes " .. self:sound() end
function Animal:sound() return "noise" end
local Duck = setmetatable({}, {__index = Animal}) Duck.__index = Duck
function Duck.new(name) local d = Animal.new(name) return setmetatable(d, Duck) end
function Duck:sound() return "quack" end
print(Animal.new("it"):speak(), Duck.new("merganser"):speak())

local log = {}
local proxy = setmetatable({}, {
  __index = function(_, k) log[#log + 1] = "get " .. tostring(k) return k end,
  __newindex = function(t, k, v) log[#log + 1] = "set " .. tostring(k) rawset(t, k, v) end,
  __pairs = function() return function(_, k) if not k then return 1, "only" end end, nil, nil end,
})
proxy.a = proxy.b; proxy.a = 2
for k, v in pairs(proxy) do log[#log + 1] = k .. v end
print(table.concat(log, ";"))
print(getmetatable("").__index == string, pcall(setmetatable, setmetatable({}, {__metatable = "locked"}), {}))
