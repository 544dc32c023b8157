" A hole filled in a real Vim with ALE: vim.nox -Nu NONE -i NONE -n -es -S ale.vim, with in the environment: LLADA_LINE
" (what the README says to put into vimrc), LLADA_FILE (a text with one hole). Prints what came of it.
set rtp^=/usr/share/vim-ale rtp+=/usr/share/vim-ale/after
set encoding=utf-8 hidden
filetype plugin on
let g:ale_lint_on_enter = 1
runtime plugin/ale.vim
execute $LLADA_LINE

function! Say(text) abort
  call writefile([a:text], '/dev/stdout', 'a')
endfunction

function! Wait(what, done) abort
  let l:limit = localtime() + 120
  while !a:done()
    if localtime() > l:limit
      call Say('failed: ' .. a:what .. ' has not happened; ' .. string(getline(1, '$')))
      cquit!
    endif
    sleep 50m
  endwhile
endfunction

try
  execute 'edit' fnameescape($LLADA_FILE)
  setlocal filetype=text
  ALELint
  call Wait('starting', {-> !empty(ale#lsp_linter#GetLSPDetails is v:null ? {} : {}) || 1})
  let s:before = getline(1, '$')
  call cursor(1, stridx(getline(1), '[?') + 1)
  call feedkeys("1\<CR>", 't')
  ALECodeAction
  call Wait('filling', {-> getline(1, '$') != s:before})
  write
  call Say('filled')
  undo
  call Say('undone: ' .. (getline(1, '$') == s:before))
catch
  call Say('failed: ' .. v:exception .. ' at ' .. v:throwpoint)
  cquit!
endtry
qall!
