" What vim-lsp.vim tells the plug-in vim-lsp, which is not there: vim.nox -Nu NONE -es -S vim_lsp.vim, with in the
" environment: LLADA_LINE (what README.md says to put into vimrc), LLADA_SAID (a file for the answer).
set encoding=utf-8
let s:autoload = tempname()
call mkdir(s:autoload .. '/autoload', 'p')
call writefile(['function! lsp#register_server(given) abort', 'let g:given = a:given', 'endfunction',
\ 'function! lsp#complete(...) abort', 'endfunction'], s:autoload .. '/autoload/lsp.vim')
let &runtimepath = s:autoload .. ',' .. &runtimepath
try
  execute $LLADA_LINE
  doautocmd User lsp_setup
  set filetype=tex
  doautocmd User lsp_buffer_enabled
  let g:given.cmd = g:given.cmd({})
  let g:given.languageId = g:given.languageId({})
  let g:given.keys = maparg('<Leader>a', 'n')
  call writefile([json_encode(g:given)], $LLADA_SAID)
catch
  call writefile(['failed: ' .. v:exception .. ' at ' .. v:throwpoint], $LLADA_SAID)
  cquit!
endtry
qall!
