--- Choosing one of several texts, with the words that differ shown in a window beside the choice.
local config = require('llada.config')
local diff = require('llada.diff')
local live = require('llada.live')

local M = {}

local GROUPS = { same = 'NormalFloat', old = 'LladaOld', new = 'LladaNew' }

local function one_line(text) return vim.trim((text:gsub('%s+', ' '))) end

--- What replaces the texts of an order, on one line.
local function title(edits)
  return table.concat(vim.tbl_map(function(edit) return one_line(edit.newText) end, edits), ' … ')
end

--- Every proposal as lines of pieces with highlights: its number, then what it takes away and what it brings.
function M.differences(originals, proposals, columns)
  local lines = {}
  for rank, proposal in ipairs(proposals) do
    local pieces = { { rank .. '  ', 'Number' } }
    for index, edit in ipairs(proposal.edits) do
      if index > 1 then table.insert(pieces, { ' … ', 'NonText' }) end
      for _, piece in ipairs(diff.pieces(one_line(originals[index]), one_line(edit.newText))) do
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

--- Let the user choose a proposal; `done(proposal)` is not called where the text shall stay as it is.
--- @param originals string[] what stands in place of each edit now
function M.choose(originals, proposals, done)
  local window
  if config.options.preview then
    window = open(M.differences(originals, proposals, math.max(20, math.min(80, vim.o.columns - 8))))
    vim.cmd.redraw()
  end
  local items = {}
  for rank, proposal in ipairs(proposals) do
    items[rank] = { proposal = proposal, title = title(proposal.edits) }
  end
  table.insert(items, { title = 'leave it: ' .. one_line(table.concat(originals, ' … ')) })
  local function format(item) return item.title end
  vim.ui.select(items, { prompt = 'llada-edit', kind = 'llada', format_item = format }, function(item)
    if window and vim.api.nvim_win_is_valid(window) then vim.api.nvim_win_close(window, true) end
    if item and item.proposal then done(item.proposal) end
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
