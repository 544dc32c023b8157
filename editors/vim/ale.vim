" Vim with ALE: put `source ~/llada-edit/editors/vim/ale.vim` into your vimrc, after ALE.
let s:types = {'markdown': 'markdown', 'text': 'plaintext', 'tex': 'latex', 'rst': 'restructuredtext',
\ 'asciidoc': 'asciidoc', 'typst': 'typst', 'gitcommit': 'git-commit', 'mail': 'plaintext'}

" ALE counts bytes and applies edits that come later, but does not tell the server so; and it leaves a server that asks
" which of several texts it shall be without an answer: the others are actions on the new text then.
let s:abilities = {'general': {'positionEncodings': ['utf-8']}, 'workspace': {'applyEdit': v:true},
\ 'experimental': {'lladaEdit': {'asks': v:false}}}

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
  \ 'initialization_options': {'n': 3, 'capabilities': s:abilities},
  \})
endfor

function! s:Stop() abort
  let l:message = ale#lsp#message#ExecuteCommand('lladaEdit.cancel', [])
  call ale#lsp_linter#SendRequest(bufnr(''), 'llada-edit', l:message, {_ -> 0})
endfunction

" What can be done with a hole ([?]) or a word, with a sentence, with a selection; other words for a word; stop. The word
" and the sentence are selected by Vim: ALE itself looks for the word at the cursor from there to the left.
nnoremap <silent> <Leader>a viw:ALECodeAction<CR>
nnoremap <silent> <Leader>s vis:ALECodeAction<CR>
xnoremap <silent> <Leader>a :ALECodeAction<CR>
nnoremap <silent> <Leader>w :ALEHover<CR>
nnoremap <silent> <Leader>c :call <SID>Stop()<CR>
