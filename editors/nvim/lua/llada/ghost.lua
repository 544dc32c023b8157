--- Ghost text: what could stand at the cursor, shown and not written. Neovim 0.12 has it; below, it is ours.
local config = require('llada.config')

local M = {}

local native = vim.lsp.inline_completion or nil

--- Whether ghost text is Neovim's own.
function M.is_native() return native ~= nil end

--- Put the text that is shown into the buffer; false where none is shown.
function M.accept()
  require('llada.apply').own_undo(0)
  local accepted
  if native then
    accepted = native.get()
  else
    accepted = require('llada.ghost_own').accept()
  end
  -- What is typed afterwards is undone by itself, too. Scheduled, because Neovim's own text comes so.
  if accepted then
    vim.schedule(function() vim.api.nvim_feedkeys(vim.keycode('<C-g>u'), 'n', false) end)
  end
  return accepted
end

--- Show another one of several texts.
function M.next()
  if native then return native.select() end
  require('llada.ghost_own').next()
end

local function keys(bufnr)
  local accept = config.options.ghost.accept
  if accept == '' then return end
  vim.keymap.set('i', accept, function()
    if not M.accept() then vim.api.nvim_feedkeys(vim.keycode(accept), 'n', false) end
  end, { buffer = bufnr, desc = 'llada-edit: take the ghost text' })
end

--- Show ghost text in a buffer, if that is wanted.
function M.attach(client, bufnr)
  if not config.options.ghost.enabled then return end
  keys(bufnr)
  if native then
    native.enable(true, { client_id = client.id })
  else
    require('llada.ghost_own').attach(bufnr)
  end
end

--- Switch ghost text on or off, for all buffers from now on; whether it is on.
function M.toggle(client)
  local ghost = config.options.ghost
  ghost.enabled = not ghost.enabled
  for bufnr in pairs(client.attached_buffers) do
    if ghost.enabled then
      M.attach(client, bufnr)
    elseif not native then
      require('llada.ghost_own').detach(bufnr)
    end
  end
  if native then native.enable(ghost.enabled, { client_id = client.id }) end
  return ghost.enabled
end

return M
