-- Neovim 0.11 and newer: the server as `vim.lsp.config.llada`; `require('llada').setup()` enables it.
return require('llada.server').config()
