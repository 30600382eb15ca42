-- SPDX-License-Identifier: MIT
-- What the interpreter asks of the C library: files, dates, environment, modules, input.
print(_VERSION, arg[0], arg[1], arg[2], #arg)
print(os.getenv("LUA_TEST"), os.getenv("NOT_THERE"))
for _, t in ipairs({0, 1, 86399, 951782400, 1078012800, 1709164800, 2147483647, 4102444800, -1, -86400 * 365, 32503680000}) do
  print(t, os.date("!%Y-%m-%d %H:%M:%S %a %A %b %B %j %U %W %V %G %g %u %w %y %C %e %I %p %D %F %R %T %c %x %X %r %h %n%t%%", t))
end
print(os.time({year = 2024, month = 2, day = 29, hour = 12}), os.time({year = 2023, month = 14, day = -3, hour = 0, min = 90, sec = -1}))
local d = os.date("!*t", 1709210096)
print(d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst)
print(pcall(os.date, "%Ez", 0), pcall(os.date, "%Q", 0), pcall(os.time, {year = 2024}))
print(os.difftime(10, 5), type(os.clock()), type(os.time()), os.setlocale(), os.setlocale("C"), os.setlocale("xx_YY"))

local f = assert(io.open("data/lines.txt"))
print(f:read("l"), f:read("L"), f:read("n", "n", "n"), f:read(0), f:read(3), f:seek("cur"))
print(f:seek("set", 2), f:read(5), f:seek("end"), f:read("a"), f:read("l"), f:read(1))
f:seek("set")
local n, bytes = 0, 0
for l in f:lines("L") do n = n + 1; bytes = bytes + #l end
print(n, bytes, io.type(f), f:close(), io.type(f), pcall(f.read, f))
for a, b in io.lines("data/numbers.txt", "n", "n") do io.write(a, "+", b, "=", a + b, " ") end
print()
print(io.open("data/none.txt"), (select(2, pcall(io.lines, "data/none.txt"))))
print(require("data.module").greet("Lua"), package.loaded["data.module"] ~= nil, pcall(require, "data.absent") == false)
print(dofile("data/value.lua"), loadfile("data/value.lua")() == 42, loadfile("data/none.lua"))
print(io.read("n"), io.read("l"), io.read("a"):gsub("\n", "|"))
io.stdout:setvbuf("full") io.write("buffered ") io.stdout:flush() io.stderr:write("to standard error\n")
io.stdout:setvbuf("no") print(io.stdout:seek("cur") == nil or "seekable", io.output() == io.stdout)
print(#debug.traceback("x") > 0, debug.getinfo(1, "S").short_src, debug.getinfo(1, "l").currentline)
os.exit(7)
