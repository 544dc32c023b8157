--- Putting texts into a buffer: only into the one they were made for, and as one undo block of their own.
local diff = require('llada.diff')
local place = require('llada.place')
local say = require('llada.say')

local M = {}

M.MOVED = 'the text has changed meanwhile, so nothing was replaced; ask again'

--- Close the present undo block of a buffer, so that what follows is taken back by itself.
function M.own_undo(bufnr)
  vim.api.nvim_buf_call(bufnr, function() vim.cmd('let &g:undolevels = &g:undolevels') end)
end

--- An edit as edits of the words that differ: marks on the other words stay where they are.
local function small(bufnr, edit, encoding)
  local row, byte = place.of(bufnr, edit.range.start, encoding)
  local made = {}
  for _, piece in ipairs(diff.pieces(place.text(bufnr, edit.range, encoding), edit.newText)) do
    local kind, text = unpack(piece)
    local here = place.position(bufnr, row, byte, encoding)
    if kind ~= 'new' then
      local _, breaks = text:gsub('\n', '')
      row, byte = row + breaks, breaks > 0 and #text:match('[^\n]*$') or byte + #text
    end
    local last = made[#made]
    if kind == 'old' then
      local past = place.position(bufnr, row, byte, encoding)
      table.insert(made, { range = { start = here, ['end'] = past }, newText = '' })
    elseif kind == 'new' and last and vim.deep_equal(last.range['end'], here) then
      last.newText = text -- in place of the words before
    elseif kind == 'new' then
      table.insert(made, { range = { start = here, ['end'] = here }, newText = text })
    end
  end
  return made
end

--- Put edits of the protocol into the buffer of a job; whether that was done.
function M.apply(job, edits, encoding)
  if not require('llada.jobs').current(job) then
    say.warn(M.MOVED)
    return false
  end
  if not vim.bo[job.bufnr].modifiable then
    say.warn("this buffer cannot be changed ('nomodifiable')")
    return false
  end
  M.own_undo(job.bufnr)
  local made = {}
  for _, edit in ipairs(edits) do
    vim.list_extend(made, small(job.bufnr, edit, encoding))
  end
  vim.lsp.util.apply_text_edits(made, job.bufnr, encoding)
  return true
end

--- The buffer of an address; those without a name have all the same one, and the current one is meant, if it is one.
local function buffer_of(client, uri)
  local current = vim.api.nvim_get_current_buf()
  for _, bufnr in ipairs({ current, unpack(vim.tbl_keys(client.attached_buffers)) }) do
    local same = client.attached_buffers[bufnr] and vim.uri_from_bufnr(bufnr) == uri
    if same and vim.api.nvim_buf_is_loaded(bufnr) then return bufnr end
  end
end

--- Put an edit in that the server sends by itself: the answer to `workspace/applyEdit`.
--- Neovim's own finds no buffer without a name, and says of an edit for another version of a text that it was applied.
function M.from_server(client, edit)
  local changes, found = client and edit.documentChanges or {}, {}
  for index, change in ipairs(changes) do
    local bufnr = buffer_of(client, change.textDocument.uri)
    if not bufnr or vim.lsp.util.buf_versions[bufnr] ~= change.textDocument.version then break end
    found[index] = bufnr
  end
  if #changes == 0 or #found < #changes then return { applied = false, failureReason = M.MOVED } end
  for index, bufnr in ipairs(found) do
    M.own_undo(bufnr)
    -- Without their labels: Neovim would tell each.
    local function plain(one) return { range = one.range, newText = one.newText } end
    vim.lsp.util.apply_text_edits(vim.tbl_map(plain, changes[index].edits), bufnr, client.offset_encoding)
  end
  return { applied = true }
end

return M
