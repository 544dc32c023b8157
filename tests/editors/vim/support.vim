" What the scripts beside this one share. Each is run as: vim.nox -Nu NONE -i NONE -n -es -S SCRIPT, with in the
" environment: LLADA_LINE (what README.md says to put into vimrc), LLADA_FILE, LLADA_TRACE (of the scripted server, or
" empty), LLADA_STEPS (functions of this file), LLADA_SAID (a file for what was seen), LLADA_PATIENCE (seconds). Vim ends with 0 only if all of it was there.
set encoding=utf-8 hidden
filetype plugin on
let g:offered = []
let g:patience = empty($LLADA_PATIENCE) ? 120 : str2nr($LLADA_PATIENCE)

function! Say(text) abort
  call writefile([a:text], $LLADA_SAID, 'a')
endfunction

function! Wait(what, done) abort
  let l:limit = localtime() + g:patience
  while !a:done()
    if localtime() > l:limit
      throw a:what .. ' has not happened; ' .. string(getline(1, '$')) .. ' offered: ' .. string(g:offered)
    endif
    sleep 50m
  endwhile
endfunction

function! Same(got, wanted, what) abort
  if a:got != a:wanted
    throw a:what .. ': ' .. string(a:got) .. ' instead of ' .. string(a:wanted)
  endif
endfunction

" The line of a list of actions, from 1, with a title that has some words; 0 closes the list.
function! Chosen(titles) abort
  let g:offered = a:titles
  return index(map(copy(a:titles), {_, title -> stridx(title, g:wanted) >= 0}), 1) + 1
endfunction

" Press keys until a list has an action, and take it: an action of another moment is not offered.
function! Take(keys, title) abort
  let &undolevels = &undolevels  " as a key that is typed: what comes now is undone by itself
  let [g:wanted, g:offered, l:limit] = [a:title, [], localtime() + g:patience]
  while empty(filter(copy(g:offered), {_, title -> stridx(title, g:wanted) >= 0}))
    let g:offered = []
    execute 'normal' a:keys
    call Wait('a list of actions', {-> !empty(g:offered) || localtime() > l:limit})
    if localtime() > l:limit
      throw a:title .. ' is not offered'
    endif
  endwhile
endfunction

function! Changed(before) abort
  call Wait('writing', {-> getline(1, '$') != a:before})
endfunction

function! Trace() abort
  return filereadable($LLADA_TRACE) ? readfile($LLADA_TRACE) : []
endfunction

" A hole filled, and with the second text; each undone. With any model.
function! Fill() abort
  let l:before = getline(1, '$')
  call cursor(1, stridx(getline(1), '[?') + 1)
  call Take('\a', 'Fill this hole')
  call Changed(l:before)
  undo
  call Same(getline(1, '$'), l:before, 'a filling undone')
  call cursor(1, stridx(getline(1), '[?') + 1)
  call Take('\a', 'Choose a filling for this hole')
  call Changed(l:before)
  let l:first = getline(1, '$')
  call Take('\a', 'Use 2/3')
  call Changed(l:first)
  write
  undo
  call Same(getline(1, '$'), l:first, 'the second filling undone')
  undo
  call Same(getline(1, '$'), l:before, 'all undone')
  call Say('filled')
endfunction

function! Sentences() abort
  call setline(1, ['😀 One thing. Two things, 漢字. Three.', 'The end.'])
  call cursor(1, stridx(getline(1), 'things') + 1)
  return getline(1, '$')
endfunction

" With the scripted server, whose every text is known.
function! Paraphrase() abort
  let l:before = Sentences()
  call Take('\s', 'Paraphrase: choose')
  call Changed(l:before)
  call Same(getline(1, '$'), [substitute(l:before[0], 'Two', 'paraphrase 0.4 0.0 Two', ''), l:before[1]], 'the first')
  call cursor(1, stridx(getline(1), 'things') + 1)
  call Take('\s', 'Use 2/3')
  let l:second = [substitute(l:before[0], 'Two', 'paraphrase 0.4 0.1 Two', ''), l:before[1]]
  call Wait('the second', {-> getline(1, '$') == l:second})
  undo
  call Same(getline(1), substitute(l:before[0], 'Two', 'paraphrase 0.4 0.0 Two', ''), 'the second undone')
  undo
  call Same(getline(1, '$'), l:before, 'the first undone')
  call Say('paraphrased')
  call cursor(1, stridx(getline(1), 'things') + 1)
  call Take('\a', 'Choose another wording')
  let l:words = [substitute(l:before[0], 'things', 'filling 1 of 0/1', ''), l:before[1]]
  call Wait('another word', {-> getline(1, '$') == l:words})
  undo
  call Same(getline(1, '$'), l:before, 'the word undone')
  call Say('another word')
endfunction

" With a server that would write for half an hour.
function! Cancel() abort
  let l:before = Sentences()
  call Take('\s', 'Paraphrase')
  call Wait('writing', {-> len(Trace()) > 3})
  normal \c
  call Wait('stopping', {-> get(Trace(), -1, '') == 'closed'})
  call Same(getline(1, '$'), l:before, 'the text')
  call Say('cancelled')
endfunction

function! Main(ready) abort
  try
    execute 'edit' fnameescape($LLADA_FILE)
    setlocal filetype=text
    call a:ready()
    for l:step in split($LLADA_STEPS)
      call call(l:step, [])
    endfor
  catch
    call Say('failed: ' .. v:exception .. ' at ' .. v:throwpoint)
    cquit!
  endtry
  qall!
endfunction
