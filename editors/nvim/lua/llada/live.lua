--- The text while it is being written: an overlay of extmarks, nothing of it is in the buffer.
local place = require('llada.place')

local M = {}

local space = vim.api.nvim_create_namespace('llada_live')
local SHORT = 40 -- columns that are shown in the line itself; longer texts stand below it

--- Pieces of a text with their highlights: what is written, and what is still masked.
--- @param masked integer[][] half-open parts of the text, in units
function M.pieces(text, masked, encoding)
  local pieces, at = {}, 0
  local function add(past, group)
    if past > at then table.insert(pieces, { text:sub(at + 1, past), group }) end
    at = math.max(at, past)
  end
  for _, part in ipairs(masked) do
    add(place.byte(text, part[1], encoding), 'LladaLive')
    add(place.byte(text, part[2], encoding), 'LladaMask')
  end
  add(#text, 'LladaLive')
  return pieces
end

--- Pieces as lines of at most some columns, broken at blanks where there are some.
function M.wrapped(pieces, columns)
  local lines, width = { {} }, 0
  for _, piece in ipairs(pieces) do
    for line, rest in (piece[1] .. '\n'):gmatch('([^\n]*)\n()') do
      for word in line:gmatch('%s*[^%s]*') do
        local size = vim.fn.strdisplaywidth(word)
        if width > 0 and width + size > columns then
          table.insert(lines, {})
          word = word:gsub('^%s+', '')
          width, size = 0, vim.fn.strdisplaywidth(word)
        end
        if word ~= '' then table.insert(lines[#lines], { word, piece[2] }) end
        width = width + size
      end
      if rest <= #piece[1] + 1 then
        table.insert(lines, {})
        width = 0
      end
    end
  end
  return lines
end

local function draw(bufnr, span, encoding)
  local row, byte = place.of(bufnr, span.range.start, encoding)
  local last, past = place.of(bufnr, span.range['end'], encoding)
  local pieces = M.pieces(span.text, span.masked, encoding)
  vim.api.nvim_buf_set_extmark(bufnr, space, row, byte, { end_row = last, end_col = past, hl_group = 'LladaOld' })
  if not span.text:find('\n') and vim.fn.strdisplaywidth(span.text) <= SHORT then
    vim.api.nvim_buf_set_extmark(bufnr, space, last, past, { virt_text = pieces, virt_text_pos = 'inline' })
    return
  end
  local window = vim.fn.bufwinid(bufnr)
  local columns = window > 0 and vim.api.nvim_win_get_width(window) - 8 or 72
  vim.api.nvim_buf_set_extmark(bufnr, space, last, past, { virt_lines = M.wrapped(pieces, math.max(20, columns)) })
end

local function buffer_of(uri)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.uri_from_bufnr(bufnr) == uri then return bufnr end
  end
end

--- Show one denoising step, as `llada/denoise` says it.
function M.show(frame)
  if not require('llada.config').options.live then return end
  local job = require('llada.jobs').find(frame.job)
  local bufnr = job and job.bufnr or buffer_of(frame.uri)
  local client = bufnr and require('llada.server').of(bufnr)
  if not client then return end
  M.clear(bufnr)
  if job and not require('llada.jobs').current(job) then return end
  for _, span in ipairs(frame.spans) do
    draw(bufnr, span, client.offset_encoding)
  end
end

--- Take away what is shown in a buffer, or in all.
function M.clear(bufnr)
  for _, one in ipairs(bufnr and { bufnr } or vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_valid(one) then vim.api.nvim_buf_clear_namespace(one, space, 0, -1) end
  end
end

return M
