--- llada-edit for Neovim: fill holes and rewrite text so that it fits what stands on both sides. See :help llada.
local config = require('llada.config')
local server = require('llada.server')

local M = {}

--- The suggested keys, after `keys`: modes, and what they do.
M.KEYS = {
  f = 'fill', F = 'fill-all', i = 'insert', w = 'alternatives', o = 'reword', r = 'rewrite', p = 'paraphrase',
  n = 'another', ['+'] = 'stronger', ['-'] = 'weaker', u = 'revert', P = 'pin', U = 'unpin', k = 'keep', c = 'cancel',
}

local function set_keys(prefix)
  for key, name in pairs(M.KEYS) do
    vim.keymap.set({ 'n', 'x' }, prefix .. key, ('<Plug>(llada-%s)'):format(name), { desc = 'llada-edit: ' .. name })
  end
end

--- Use llada-edit in the kinds of files that are set.
--- @param options table? see :help llada-options
function M.setup(options)
  config.set(options)
  if config.options.keys ~= '' then set_keys(config.options.keys) end
  local newer = vim.fn.has('nvim-0.11') == 1
  if newer then vim.lsp.enable(server.NAME) end
  -- From 0.11 on Neovim starts it, but does not say that there is nothing to start.
  local function start(bufnr)
    if newer then server.ready() else server.start(bufnr) end
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('llada', {}),
    pattern = config.options.filetypes,
    callback = function(event) start(event.buf) end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do -- those whose type was known before
    local wanted = vim.tbl_contains(config.options.filetypes, vim.bo[bufnr].filetype)
    if vim.api.nvim_buf_is_loaded(bufnr) and wanted then start(bufnr) end
  end
end

--- One word or two for a status line; empty where no server runs.
function M.status()
  local status = server.status
  if not status then return '' end
  return status.message ~= '' and ('%s: %s'):format(status.kind, status.message) or status.kind
end

return M
