" Vim with ALE: put `source ~/llada-edit/editors/vim/ale.vim` into your vimrc, after ALE.
let s:types = {'markdown': 'markdown', 'text': 'plaintext', 'tex': 'latex', 'rst': 'restructuredtext',
\ 'asciidoc': 'asciidoc', 'typst': 'typst', 'gitcommit': 'git-commit', 'mail': 'plaintext'}

" ALE counts bytes and applies edits that come later, but does not tell the server so. It gives no answer to a server
" that asks which of several texts it shall be, so n is 1.
let s:abilities = {'general': {'positionEncodings': ['utf-8']}, 'workspace': {'applyEdit': v:true}}

" One server for all files: it holds a model. Folders with settings of their own (llada-edit.toml) get their own.
function! s:Root(buffer) abort
  let l:settings = ale#path#FindNearestFile(a:buffer, 'llada-edit.toml')
  return empty(l:settings) ? expand('~') : fnamemodify(l:settings, ':h')
endfunction

" ALE looks at plain text with nothing, unless told otherwise; where you chose linters yourself, ours is one more.
let g:ale_linters = extend({'text': []}, get(g:, 'ale_linters', {}))

for [s:type, s:language] in items(s:types)
  if type(get(g:ale_linters, s:type)) == v:t_list && index(g:ale_linters[s:type], 'llada-edit') < 0
    call add(g:ale_linters[s:type], 'llada-edit')
  endif
  call ale#linter#Define(s:type, {
  \ 'name': 'llada-edit',
  \ 'lsp': 'stdio',
  \ 'executable': 'llada-edit',
  \ 'command': '%e lsp',
  \ 'language': s:language,
  \ 'project_root': function('s:Root'),
  \ 'initialization_options': {'n': 1, 'capabilities': s:abilities},
  \})
endfor

" What can be done at a hole ([?]), a word, a sentence or a selection; other words for a word.
nnoremap <silent> <Leader>a :ALECodeAction<CR>
xnoremap <silent> <Leader>a :ALECodeAction<CR>
nnoremap <silent> <Leader>w :ALEHover<CR>
