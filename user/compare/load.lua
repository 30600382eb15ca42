-- SPDX-License-Identifier: MIT
-- load.lua FILE: loads the records of a file, says how many, and holds them until a line comes on
-- standard input. Then it computes over all of them and prints what came out.
-- A record: KEY NEXT VALUE TEXT; NEXT is the key of another, TEXT a multiple of 64 bytes.

local records, by_key = {}, {}
for line in io.lines(arg[1]) do
	local key, next_key, value, text = line:match("^(%w+) (%w+) (%d+) (%w+)$")
	local record = { key = key, next = next_key, value = tonumber(value), text = text }
	records[#records + 1] = record
	by_key[key] = record
end
collectgarbage()
print(#records)
io.flush()
io.read()

local words = "<" .. ("i8"):rep(8)
local function mixed(mix, ...)
	for i = 1, 8 do
		mix = mix * 31 + (select(i, ...))
	end
	return mix
end

local mix, ahead = 0, 0
for _, record in ipairs(records) do
	for at = 1, #record.text, 64 do
		mix = mixed(mix, words:unpack(record.text, at))
	end
	ahead = ahead * 31 + by_key[record.next].value
end

table.sort(records, function(a, b) return a.key < b.key end)
local ranked = 0
for rank, record in ipairs(records) do
	ranked = ranked + rank * record.value
end
print(("%d %016x %016x %d"):format(#records, mix, ahead, ranked))
