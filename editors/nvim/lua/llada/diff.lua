--- The difference between two texts, by words.
local M = {}

-- Words with what belongs to them, blanks, and signs one by one; bytes above 127 are parts of words.
local function words(text)
  local found, at = {}, 1
  while at <= #text do
    local _, past = text:find("^[%w\128-\255]+['\128-\255%w-]*", at)
    past = past or select(2, text:find('^%s+', at)) or at
    table.insert(found, text:sub(at, past))
    at = past + 1
  end
  return found
end

local compare = vim.text and vim.text.diff or vim.diff

-- Words as lines of numbers: they may have line breaks in them.
local function lines_of(found, numbers)
  local lines = {}
  for index, word in ipairs(found) do
    numbers[word] = numbers[word] or vim.tbl_count(numbers)
    lines[index] = numbers[word] .. '\n'
  end
  return table.concat(lines)
end

--- Pieces of both texts in order: { { 'same' | 'old' | 'new', text }, ... }.
function M.pieces(old, new)
  local before, after = words(old), words(new)
  local pieces, i, j = {}, 1, 1
  local function add(kind, list, first, count)
    if count > 0 then table.insert(pieces, { kind, table.concat(list, '', first, first + count - 1) }) end
  end
  local numbers = {}
  local lines = { lines_of(before, numbers), lines_of(after, numbers) }
  local hunks = compare(lines[1], lines[2], { result_type = 'indices', algorithm = 'minimal' })
  for _, hunk in ipairs(hunks) do
    local start, count, begin, size = unpack(hunk)
    -- A hunk without lines on one side names the line before it.
    local same = (count > 0 and start or start + 1) - i
    add('same', before, i, same)
    i, j = i + same, j + same
    add('old', before, i, count)
    add('new', after, j, size)
    i, j = i + count, j + size
  end
  add('same', before, i, #before - i + 1)
  return pieces
end

return M
