-- Neovim 0.11 or newer. Copy to ~/.config/nvim/lsp/llada_edit.lua, then in init.lua: vim.lsp.enable('llada_edit')
return {
  cmd = { 'llada-edit', 'lsp' },
  filetypes = { 'markdown', 'text', 'tex', 'plaintex', 'rst', 'typst', 'asciidoc', 'org', 'gitcommit', 'mail' },
  init_options = {
    -- model = 'bundled',  -- or a folder, or the id of a model on this disk
    -- device = 'auto',    -- auto, cpu, mps, cuda
    -- marker = '[?',      -- what opens a hole
    n = 3,                 -- how many fillings to propose
  },
}
