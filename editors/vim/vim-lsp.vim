" Vim with vim-lsp: put `source ~/llada-edit/editors/vim/vim-lsp.vim` into your vimrc.
function! s:Keys() abort
  " What can be done at a hole ([?]), a word, a sentence or a selection; other words for a word.
  nmap <buffer> <Leader>a <Plug>(lsp-code-action)
  xmap <buffer> <Leader>a :LspCodeAction<CR>
  nmap <buffer> <Leader>w <Plug>(lsp-hover)
  setlocal omnifunc=lsp#complete
endfunction

augroup llada_edit
  autocmd!
  autocmd User lsp_setup call lsp#register_server({
  \ 'name': 'llada-edit',
  \ 'cmd': {info -> ['llada-edit', 'lsp']},
  \ 'allowlist': ['markdown', 'text', 'tex', 'rst', 'asciidoc', 'typst', 'gitcommit', 'mail'],
  \ 'languageId': {info -> get({'text': 'plaintext', 'mail': 'plaintext', 'tex': 'latex',
  \   'rst': 'restructuredtext', 'gitcommit': 'git-commit'}, &filetype, &filetype)},
  \ 'initialization_options': {'n': 3},
  \})
  autocmd User lsp_buffer_enabled call s:Keys()
augroup END
