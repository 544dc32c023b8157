-- The command and the maps; nothing is started and no key is taken before `require('llada').setup()`.
if vim.g.loaded_llada then return end
vim.g.loaded_llada = true

vim.api.nvim_create_user_command('LladaEdit', function(given) require('llada.commands').run(given) end, {
  desc = 'Fill holes and rewrite text with llada-edit',
  nargs = '*',
  range = true,
  bang = true,
  complete = function(...) return require('llada.commands').complete(...) end,
})

local both = { 'fill', 'fill-all', 'insert', 'reword', 'rewrite', 'paraphrase', 'shorten', 'expand', 'formal', 'plain',
  'simplify', 'proofread', 'keep', 'alternatives', 'another', 'stronger', 'weaker', 'revert', 'accept',
  'pin', 'unpin', 'cancel' }
for _, name in ipairs(both) do
  local map = ('<Plug>(llada-%s)'):format(name)
  vim.keymap.set('n', map, ('<Cmd>LladaEdit %s<CR>'):format(name), { desc = 'llada-edit: ' .. name })
  -- Not <Cmd>: the marks of the selection are set when visual mode ends.
  vim.keymap.set('x', map, (':LladaEdit %s<CR>'):format(name), { silent = true, desc = 'llada-edit: ' .. name })
end

for name, target in pairs({
  LladaGhost = 'Comment', -- text that is offered at the cursor
  LladaNew = 'DiffAdd', -- words that a proposal brings
  LladaOld = 'DiffDelete', -- words that it takes away, and text that is being written anew
  LladaLive = 'DiffText', -- text as far as it is written
  LladaMask = 'NonText', -- parts of it that are not yet written
}) do
  vim.api.nvim_set_hl(0, name, { link = target, default = true })
end
