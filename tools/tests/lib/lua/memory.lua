-- SPDX-License-Identifier: MIT
-- Garbage collection, weak tables, finalizers, large data.
collectgarbage("incremental")
local function fill(n)
  local t = {}
  for i = 1, n do t[i] = {i, tostring(i), {i * 2}} end
  return t
end
local before = collectgarbage("count")
local big = fill(20000)
local sum = 0
for _, v in ipairs(big) do sum = sum + v[1] + #v[2] + v[3][1] end
print(sum, collectgarbage("count") > before + 1000)
big = nil
collectgarbage()
print(collectgarbage("count") < before + 500)

local weak = setmetatable({}, {__mode = "v"})
local keep = {}
for i = 1, 100 do local o = {i} weak[i] = o if i % 10 == 0 then keep[#keep + 1] = o end end
collectgarbage()
local left = {}
for i = 1, 100 do if weak[i] then left[#left + 1] = i end end
print(table.concat(left, " "))

local order = {}
for i = 1, 5 do setmetatable({}, {__gc = function() order[#order + 1] = i end}) end
collectgarbage() collectgarbage()
print(table.concat(order, " "))
local ephemeron = setmetatable({}, {__mode = "k"})
do local k = {} ephemeron[k] = {k} end
collectgarbage()
print(next(ephemeron))

collectgarbage("generational")
local list
for i = 1, 100000 do list = {next = i % 1000 ~= 0 and list or nil, value = ("%d"):format(i)} end
local n = 0
while list do n = n + 1; list = list.next end
print(n, collectgarbage("step") ~= nil, collectgarbage("isrunning"))
collectgarbage("incremental", 100, 200, 10)
local parts = {}
for i = 1, 20000 do parts[#parts + 1] = ("%x"):format(i * 2654435761 & 0xffffffff) end
local s = table.concat(parts)
local h = 5381
for i = 1, #s do h = (h * 33 + s:byte(i)) & 0xffffffff end
print(#s, h, #s:rep(20))
local m = {}
for i = 1, 120 do m[i] = {} for j = 1, 120 do m[i][j] = (i * j) % 7 + 0.5 end end
local trace = 0
for i = 1, 120 do for j = 1, 120 do trace = trace + m[i][j] * m[j][i] end end
print(trace)
