" A hole filled in a real Vim with ALE: vim.nox -Nu NONE -i NONE -n -es -S ale.vim, with in the environment: LLADA_LINE
" (what README.md says to put into vimrc), LLADA_FILE (a text with one hole). What came of it is in the file LLADA_SAID.
set rtp^=/usr/share/vim-ale rtp+=/usr/share/vim-ale/after encoding=utf-8 hidden
filetype plugin on
runtime plugin/ale.vim
execute $LLADA_LINE

function! Say(text) abort
  call writefile([a:text], $LLADA_SAID, 'a')
endfunction

function! Wait(what, done) abort
  let l:limit = localtime() + 120
  while !a:done()
    if localtime() > l:limit
      throw a:what .. ' has not happened; ' .. string(getline(1, '$'))
    endif
    sleep 50m
  endwhile
endfunction

runtime autoload/ale/util.vim
function! ale#util#Input(message, ...) abort
  call Say(substitute(a:message, '\n', '; ', 'g'))
  return '1'
endfunction

function! Run() abort
  execute 'edit' fnameescape($LLADA_FILE)
  setlocal filetype=text
  let l:before = getline(1, '$')
  call cursor(1, stridx(getline(1), '[?') + 1)
  call ale#Queue(0)
  call Wait('starting', {-> !empty(filter(copy(ale#lsp#GetConnections()), {_, one -> one.initialized}))})
  ALECodeAction
  call Wait('filling', {-> getline(1, '$') != l:before})
  write
  call Say('filled')
  undo
  call Say('undone: ' .. (getline(1, '$') == l:before))
endfunction

try
  call Run()
catch
  call Say('failed: ' .. v:exception .. ' at ' .. v:throwpoint)
  cquit!
endtry
qall!
