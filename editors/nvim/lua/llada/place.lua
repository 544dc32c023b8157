--- Between the places of a buffer (bytes) and those of the protocol (UTF-8, UTF-16 or UTF-32 units).
local M = {}

local newer = vim.fn.has('nvim-0.11') == 1

--- Bytes before a number of units of a line; not beyond its end.
function M.byte(line, units, encoding)
  if encoding == 'utf-8' then return math.min(units, #line) end
  if newer then return vim.str_byteindex(line, encoding, units, false) end
  local fits, byte = pcall(vim.str_byteindex, line, units, encoding == 'utf-16')
  return fits and byte or #line
end

--- Units before a byte of a line; not beyond its end.
function M.units(line, byte, encoding)
  byte = math.min(byte, #line)
  if encoding == 'utf-8' then return byte end
  if newer then return vim.str_utfindex(line, encoding, byte, false) end
  local utf32, utf16 = vim.str_utfindex(line, byte)
  return encoding == 'utf-16' and utf16 or utf32
end

local function line_at(bufnr, row) return vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or '' end

--- A position of the protocol, from a row and a byte, both from 0.
function M.position(bufnr, row, byte, encoding)
  return { line = row, character = M.units(line_at(bufnr, row), byte, encoding) }
end

--- Row and byte of a position of the protocol, moved into the buffer where it lies beyond.
function M.of(bufnr, position, encoding)
  local row = math.min(position.line, vim.api.nvim_buf_line_count(bufnr) - 1)
  local line = line_at(bufnr, row)
  return row, row < position.line and #line or M.byte(line, position.character, encoding)
end

--- The text of a range of the protocol.
function M.text(bufnr, range, encoding)
  local row, byte = M.of(bufnr, range.start, encoding)
  local last, past = M.of(bufnr, range['end'], encoding)
  return table.concat(vim.api.nvim_buf_get_text(bufnr, row, byte, last, past, {}), '\n')
end

--- What stands left and right of a range of the protocol, on its lines.
function M.around(bufnr, range, encoding)
  local row, byte = M.of(bufnr, range.start, encoding)
  local last, past = M.of(bufnr, range['end'], encoding)
  return line_at(bufnr, row):sub(1, byte), line_at(bufnr, last):sub(past + 1)
end

--- The place of the cursor in the current window, as an empty range.
function M.cursor(encoding)
  local row, byte = unpack(vim.api.nvim_win_get_cursor(0))
  local here = M.position(0, row - 1, byte, encoding)
  return { start = here, ['end'] = here }
end

--- What was selected last in the current buffer. Whole lines without the break after the last one.
function M.selection(encoding)
  local row, byte = unpack(vim.api.nvim_buf_get_mark(0, '<'))
  local last, past = unpack(vim.api.nvim_buf_get_mark(0, '>'))
  local line = line_at(0, last - 1)
  if vim.fn.visualmode() == 'V' then
    byte, past = 0, #line
  elseif vim.o.selection ~= 'exclusive' and past < #line then
    past = past + vim.str_utf_end(line, past + 1) + 1
  end
  return { start = M.position(0, row - 1, byte, encoding), ['end'] = M.position(0, last - 1, past, encoding) }
end

--- Some lines, both numbers from 1, without the break after the last one.
function M.lines(first, last, encoding)
  local past = #line_at(0, last - 1)
  return { start = { line = first - 1, character = 0 }, ['end'] = M.position(0, last - 1, past, encoding) }
end

return M
