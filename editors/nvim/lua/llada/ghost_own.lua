--- Ghost text for Neovim below 0.12: `textDocument/inlineCompletion` as an extmark in the line. One buffer at a time.
local place = require('llada.place')
local server = require('llada.server')

local M = {}

local space = vim.api.nvim_create_namespace('llada_ghost')
local group = vim.api.nvim_create_augroup('llada_ghost', {})
local AUTOMATIC = 2

local shown --- { bufnr, tick, items = { { row, byte, last, past, text } }, index }; nil where nothing is shown
local stop = function() end --- cancels the request that is under way

--- Take the ghost text away, and stop looking for one.
function M.clear()
  stop()
  stop = function() end
  local bufnr = shown and shown.bufnr
  shown = nil
  if bufnr and vim.api.nvim_buf_is_valid(bufnr) then vim.api.nvim_buf_clear_namespace(bufnr, space, 0, -1) end
end

local function draw()
  local item = shown.items[shown.index]
  local lines = vim.split(item.text, '\n')
  local more = #shown.items > 1 and (' (%d/%d)'):format(shown.index, #shown.items) or ''
  local below = {}
  for index = 2, #lines do
    below[index - 1] = { { lines[index], 'LladaGhost' } }
  end
  vim.api.nvim_buf_clear_namespace(shown.bufnr, space, 0, -1)
  vim.api.nvim_buf_set_extmark(shown.bufnr, space, item.last, item.past, {
    virt_text = { { lines[1] .. more, 'LladaGhost' } },
    virt_text_pos = 'inline',
    virt_lines = below,
  })
end

local function show(bufnr, tick, answer, encoding)
  local items = {}
  for _, raw in ipairs(answer and (answer.items or answer) or {}) do
    local range = raw.range or place.cursor(encoding)
    local row, byte = place.of(bufnr, range.start, encoding)
    local last, past = place.of(bufnr, range['end'], encoding)
    table.insert(items, { row = row, byte = byte, last = last, past = past, text = raw.insertText })
  end
  if #items == 0 then return end
  shown = { bufnr = bufnr, tick = tick, items = items, index = 1 }
  draw()
end

--- Look for a text at the cursor; the server waits for a pause in the typing.
local function look(bufnr)
  M.clear()
  local client = server.of(bufnr)
  if not client or vim.fn.pumvisible() == 1 or not vim.bo[bufnr].modifiable then return end
  local tick, cursor = vim.api.nvim_buf_get_changedtick(bufnr), vim.api.nvim_win_get_cursor(0)
  local encoding = client.offset_encoding
  local params = vim.lsp.util.make_position_params(0, encoding)
  params.context = { triggerKind = AUTOMATIC }
  stop = server.request(client, 'textDocument/inlineCompletion', params, bufnr, function(_, answer)
    local here = vim.api.nvim_get_current_buf() == bufnr and vim.deep_equal(vim.api.nvim_win_get_cursor(0), cursor)
    local same = here and vim.api.nvim_buf_get_changedtick(bufnr) == tick
    if same and vim.fn.mode():find('^[iR]') then show(bufnr, tick, answer, encoding) end
  end)
end

function M.accept()
  local item = shown and shown.items[shown.index]
  if not item or shown.tick ~= vim.api.nvim_buf_get_changedtick(shown.bufnr) then return false end
  local lines, bufnr = vim.split(item.text, '\n'), shown.bufnr
  M.clear()
  vim.api.nvim_buf_set_text(bufnr, item.row, item.byte, item.last, item.past, lines)
  local column = #lines[#lines] + (#lines == 1 and item.byte or 0)
  vim.api.nvim_win_set_cursor(0, { item.row + #lines, column })
  return true
end

function M.next()
  if not shown then return end
  shown.index = shown.index % #shown.items + 1
  draw()
end

function M.detach(bufnr)
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
  M.clear()
end

function M.attach(bufnr)
  M.detach(bufnr)
  local function on(events, call)
    vim.api.nvim_create_autocmd(events, { group = group, buffer = bufnr, callback = call })
  end
  on({ 'InsertEnter', 'CursorMovedI', 'TextChangedP' }, function() look(bufnr) end)
  on({ 'InsertLeave', 'BufLeave' }, function() M.clear() end)
end

return M
