" Vim with vim-lsp: put `source ~/llada-edit/editors/vim/vim-lsp.vim` into your vimrc.

" vim-lsp counts characters, but does not tell the server so; and of several texts that a server asks about it can take only
" the first: the others are actions on the new text instead.
let s:abilities = {'general': {'positionEncodings': ['utf-32']}, 'experimental': {'lladaEdit': {'asks': v:false}}}

function! s:Stop() abort
  call lsp#send_request('llada-edit', {'method': 'workspace/executeCommand', 'params': {'command': 'lladaEdit.cancel'}})
endfunction

function! s:Keys() abort
  " What can be done with a hole ([?]) or a word, with a sentence, with a selection; other words for a word; stop. The word
  " and the sentence are selected by Vim: vim-lsp itself takes what stands from the cursor to the end of the line.
  nnoremap <buffer> <silent> <Leader>a viw:LspCodeAction<CR>
  nnoremap <buffer> <silent> <Leader>s vis:LspCodeAction<CR>
  xnoremap <buffer> <silent> <Leader>a :LspCodeAction<CR>
  nmap <buffer> <Leader>w <Plug>(lsp-hover)
  nnoremap <buffer> <silent> <Leader>c :call <SID>Stop()<CR>
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
  \ 'initialization_options': {'n': 3, 'capabilities': s:abilities},
  \})
  autocmd User lsp_buffer_enabled call s:Keys()
augroup END
