--- Choosing one of several texts, with the words that differ shown in a window beside the choice.
local config = require('llada.config')
local diff = require('llada.diff')
local live = require('llada.live')

local M = {}

local GROUPS = { same = 'NormalFloat', old = 'LladaOld', new = 'LladaNew' }

local LONG = 48 -- columns of a text that is offered as it is; of longer ones, the words that change
local AROUND = 24 -- characters that are shown on both sides of a filling

--- What stands in the place of an edit now: `text`, between `left` and `right` on its line where it is a hole.
--- @class llada.Original
--- @field text string
--- @field left? string
--- @field right? string

local function one_line(text) return vim.trim((text:gsub('%s+', ' '))) end

--- The words that change, as `big → large · + very · − quite`.
local function changes(old, new)
  local found, gone = {}, ''
  local function add(text)
    if text ~= '' then table.insert(found, text) end
    gone = ''
  end
  for _, piece in ipairs(diff.pieces(old, new)) do
    local kind, words = piece[1], vim.trim(piece[2])
    if kind == 'old' then
      gone = words
    elseif kind == 'new' then
      add(gone ~= '' and ('%s → %s'):format(gone, words) or '+ ' .. words)
    else
      add(gone ~= '' and '− ' .. gone or '')
    end
  end
  add(gone ~= '' and '− ' .. gone or '')
  return table.concat(found, ' · ')
end

--- What an edit puts in, on one line; of a long text what is new about it, if that is shorter.
local function told(original, edit)
  local text = one_line(edit.newText)
  local width = vim.fn.strdisplaywidth
  if original.left or width(text) <= LONG then return text end
  local new = changes(one_line(original.text), text)
  return new ~= '' and width(new) < width(text) and new or text
end

local function cut(text)
  return vim.fn.strchars(text) > AROUND and vim.fn.strcharpart(text, 0, AROUND):gsub('%s+$', '') .. '…' or text
end

--- What an edit takes away and brings, as pieces with their kinds; a filling in its place.
local function pieces_of(original, edit)
  local new = one_line(edit.newText)
  if not original.left then return diff.pieces(one_line(original.text), new) end
  local left, long = original.left, vim.fn.strchars(original.left) - AROUND
  if long > 0 then left = '…' .. vim.fn.strcharpart(left, long) end
  return { { 'same', left }, { 'new', new }, { 'same', cut(original.right) } }
end

--- Every proposal as lines of pieces with highlights: its number, then what it takes away and what it brings.
--- @param originals llada.Original[]
function M.differences(originals, proposals, columns)
  local lines = {}
  for rank, proposal in ipairs(proposals) do
    local pieces = { { rank .. '  ', 'Number' } }
    for index, edit in ipairs(proposal.edits) do
      if index > 1 then table.insert(pieces, { ' … ', 'NonText' }) end
      for _, piece in ipairs(pieces_of(originals[index], edit)) do
        table.insert(pieces, { piece[2], GROUPS[piece[1]] })
      end
    end
    vim.list_extend(lines, live.wrapped(pieces, columns))
  end
  return lines
end

local function open(lines)
  local bufnr, width = vim.api.nvim_create_buf(false, true), 1
  local space = vim.api.nvim_create_namespace('llada_picker')
  vim.bo[bufnr].bufhidden = 'wipe'
  for row, pieces in ipairs(lines) do
    local text = table.concat(vim.tbl_map(function(piece) return piece[1] end, pieces))
    vim.api.nvim_buf_set_lines(bufnr, row - 1, row == 1 and 1 or row - 1, false, { text })
    width = math.max(width, vim.fn.strdisplaywidth(text))
    local at = 0
    for _, piece in ipairs(pieces) do
      local past = at + #piece[1]
      vim.api.nvim_buf_set_extmark(bufnr, space, row - 1, at, { end_col = past, hl_group = piece[2] })
      at = past
    end
  end
  return vim.api.nvim_open_win(bufnr, false, {
    relative = 'cursor', row = 1, col = 0, width = width, height = math.min(#lines, math.max(3, vim.o.lines - 8)),
    style = 'minimal', border = 'rounded', focusable = false,
  })
end

--- Let the user choose a proposal: `done(proposal)`; `others()` where none of them shall be offered again, and neither
--- where the text shall stay as it is.
--- @param originals llada.Original[] what stands in place of each edit now
function M.choose(originals, proposals, done, others)
  local window
  if config.options.preview then
    window = open(M.differences(originals, proposals, math.max(20, math.min(80, vim.o.columns - 8))))
    vim.cmd.redraw()
  end
  local items = {}
  for rank, proposal in ipairs(proposals) do
    local texts = vim.iter(ipairs(proposal.edits)):map(function(index, edit) return told(originals[index], edit) end)
    items[rank] = { proposal = proposal, title = texts:join(' … ') }
  end
  table.insert(items, { title = 'others, and none of these again', others = true })
  local present = vim.tbl_map(function(original) return original.text end, originals)
  table.insert(items, { title = 'leave it: ' .. cut(one_line(table.concat(present, ' … '))) })
  local function format(item) return item.title end
  vim.ui.select(items, { prompt = 'llada-edit', kind = 'llada', format_item = format }, function(item)
    if window and vim.api.nvim_win_is_valid(window) then vim.api.nvim_win_close(window, true) end
    if item and item.proposal then done(item.proposal) end
    if item and item.others then others() end
  end)
end

--- Let the user choose a word; `done(text)`.
--- @param words { text: string, probability: number }[]
function M.word(present, words, done)
  local function format(word) return ('%5.1f %%  %s'):format(100 * word.probability, word.text) end
  local prompt = present == '' and 'words that fit here' or ('words for “%s”'):format(present)
  vim.ui.select(words, { prompt = prompt, kind = 'llada', format_item = format }, function(word)
    if word and word.text ~= present then done(word.text) end
  end)
end

return M
