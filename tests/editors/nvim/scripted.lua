-- With a server whose model says what it is told to, so that every byte is known.
local driver = dofile(vim.env.LLADA_SCRIPTS .. '/driver.lua')
local TEXT = { '😀 One thing. Two things, 漢字. Three.', 'The end.' }
local ESCAPE = '\27'

local function float()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      return vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
    end
  end
end

local function changed(to)
  driver.wait('writing ' .. to, function() return driver.line(1) ~= TEXT[1] end)
  driver.same(driver.lines(), { to, TEXT[2] }, 'the text')
end

local function undone(what)
  vim.cmd.undo()
  driver.same(driver.lines(), TEXT, what .. ' after one undo')
  driver.ok(what)
end

local function second_paraphrase()
  local differences
  driver.on('things')
  local space, row = vim.api.nvim_create_namespace('test'), vim.fn.line('.') - 1
  local mark = vim.api.nvim_buf_set_extmark(0, space, row, vim.fn.col('.') - 1, {})
  driver.pick(2, function() differences = float() end)
  vim.cmd('LladaEdit paraphrase')
  changed((TEXT[1]:gsub('Two', 'paraphrase 0.4 0.1 Two')))
  driver.same(#driver.offered, 5, 'three proposals, others, and the original')
  assert(differences[2]:find('2  paraphrase 0.4 0.1 Two things', 1, true), vim.inspect(differences))
  assert(float() == nil, 'the window stays')
  local place = vim.api.nvim_buf_get_extmark_by_id(0, space, mark, {})
  driver.same(place, { row, driver.line(1):find('things') - 1 }, 'a mark on a word that stays')
  undone('second paraphrase')
end

local function never_again()
  driver.on('things')
  local seen = {}
  vim.ui.select = function(items, options, choose)
    table.insert(seen, vim.tbl_map(options.format_item, items))
    choose(items[#seen == 1 and #items - 1 or 1])
  end
  vim.cmd('LladaEdit paraphrase')
  changed((TEXT[1]:gsub('Two', 'paraphrase 0.4 0.3 Two'))) -- the first three are not offered again
  driver.same(#seen, 2, 'choices')
  undone('others')
end

local function pins()
  driver.on('Two')
  vim.cmd('LladaEdit! paraphrase')
  local first = TEXT[1]:gsub('Two', 'paraphrase 0.4 0.3 Two')
  changed(first)
  driver.on('things')
  vim.cmd('LladaEdit pin')
  driver.wait('pinning', function() return driver.said[#driver.said] == 'llada-edit: pinned “things”' end)
  vim.cmd('LladaEdit another')
  driver.wait('another text', function() return driver.line(1) ~= first end)
  assert(driver.line(1):find('things.* of 1/2 Three%.$'), driver.line(1)) -- the second of two parts around a pin
  vim.cmd('LladaEdit unpin')
  driver.wait('letting go', function() return driver.said[#driver.said] == 'llada-edit: nothing is pinned' end)
  vim.cmd('undo 0')
  driver.ok('pins')
end

local function without_the_model()
  vim.cmd('LladaEdit unload')
  driver.wait('its end', function() return require('llada').status():find('^off: ') end)
  driver.same(vim.fn.getcompletion('LladaEdit proofr', 'cmdline'), { 'proofread' }, 'names of any model')
  driver.on('Two')
  vim.cmd('LladaEdit! paraphrase')
  driver.wait('a message', function() return driver.said[#driver.said]:find('the model is unloaded', 1, true) end)
  vim.cmd('checkhealth llada')
  local report = table.concat(driver.lines(), '\n')
  assert(report:find('the server is off', 1, true) and report:find(':LladaEdit load', 1, true), report)
  vim.cmd.bdelete()
  vim.cmd('LladaEdit load')
  driver.wait('the model', function() return require('llada').status() == 'ready' end)
  driver.wait('operations', function() return #require('llada.server').operations > 0 end)
  driver.ok('unloaded and loaded')
end

local function further()
  driver.on('Two')
  vim.cmd('LladaEdit! paraphrase')
  changed((TEXT[1]:gsub('Two', 'paraphrase 0.4 0.0 Two')))
  vim.cmd('LladaEdit stronger')
  local stronger = TEXT[1]:gsub('Two', 'paraphrase 0.6 1.0 Two')
  driver.wait('more', function() return driver.line(1) == stronger end)
  vim.cmd('LladaEdit revert')
  driver.wait('the original', function() return driver.line(1) == TEXT[1] end)
  vim.cmd.undo()
  driver.same(driver.line(1), stronger, 'after one undo')
  vim.cmd('undo 0')
  driver.ok('stronger and back')
end

local function selection()
  driver.on('Two')
  vim.api.nvim_input('ve') -- one word, after a sign outside of the basic plane
  driver.wait('selecting', function() return vim.fn.mode() == 'v' end)
  vim.cmd('xmap <F2> <Plug>(llada-reword)')
  driver.pick(2)
  vim.api.nvim_input('<F2>')
  changed((TEXT[1]:gsub('Two', 'filling 2 of 0/1')))
  undone('selection')
end

local function ghost()
  local space = vim.lsp.inline_completion and 'nvim.lsp.inline_completion' or 'llada_ghost'
  driver.on('The end')
  vim.api.nvim_input('A So')
  driver.wait('ghost text', function() return driver.virtual(space):find('filling 0 of 0/1', 1, true) end)
  driver.same(driver.line(2), 'The end. So', 'the text under ghost text')
  vim.api.nvim_input('<C-l>')
  driver.wait('taking it', function() return driver.line(2) == 'The end. So filling 0 of 0/1' end)
  vim.api.nvim_input(' and more' .. ESCAPE)
  driver.wait('typing', function() return vim.fn.mode() == 'n' and vim.endswith(driver.line(2), ' and more') end)
  driver.same(driver.virtual(space), '', 'what is shown')
  vim.cmd.undo()
  driver.same(driver.line(2), 'The end. So filling 0 of 0/1', 'after one undo')
  vim.cmd.undo()
  driver.same(driver.line(2), 'The end. So', 'after two')
  undone('ghost text')
end

local function nameless()
  vim.cmd.enew()
  vim.api.nvim_buf_set_lines(0, 0, -1, false, TEXT)
  driver.on('Two')
  vim.cmd('LladaEdit! paraphrase')
  driver.wait('writing', function() return driver.line(1) ~= TEXT[1] end)
  local first = driver.line(1)
  vim.cmd('LladaEdit another') -- as an edit of the server
  driver.wait('another text', function() return driver.line(1) ~= first end)
  vim.cmd.undo()
  driver.same(driver.line(1), first, 'after one undo')
  vim.cmd('bdelete!')
  driver.same(driver.lines(), TEXT, 'the file')
  driver.ok('without a name')
end

local function ended_from_outside()
  local server = require('llada.server')
  local here = vim.api.nvim_get_current_buf()
  vim.cmd.edit(vim.env.LLADA_FILE .. '.other.txt')
  local other = vim.api.nvim_get_current_buf()
  driver.ready()
  vim.cmd.buffer(here)
  vim.fn.system({ 'pkill', '-KILL', '-P', tostring(vim.uv.os_getpid()) })
  driver.wait('a message', function()
    return vim.iter(driver.said):any(function(said) return said:find('the server has ended with signal 9', 1, true) end)
  end)
  driver.same(require('llada').status(), '', 'the status')
  driver.on('Two')
  vim.cmd('LladaEdit! reword') -- starts it again
  driver.wait('writing', function() return driver.line(1) ~= TEXT[1] end)
  driver.wait('the other one', function() return server.of(other) end)
  driver.wait('operations', function() return #server.operations > 0 end)
  undone('ended from outside')
end

driver.run(function()
  vim.fn.writefile(TEXT, vim.env.LLADA_FILE)
  vim.cmd.edit(vim.env.LLADA_FILE)
  driver.ready()
  driver.wait('operations', function() return #require('llada.server').operations > 0 end)
  driver.same(vim.fn.getcompletion('LladaEdit sh', 'cmdline'), { 'shorten' }, 'names')
  driver.same(vim.fn.getcompletion('LladaEdit! paraphrase strength=r', 'cmdline'),
    { 'strength=rephrase', 'strength=rewrite' }, 'values')
  for _, step in ipairs({ second_paraphrase, further, selection, ghost, never_again, pins, without_the_model, nameless,
    ended_from_outside }) do step() end
  vim.cmd('LladaEdit proofread') -- not with this model
  assert(driver.said[#driver.said]:find('there is no "proofread" with this model', 1, true))
  vim.cmd('LladaEdit restart')
  driver.wait('ending', function() return require('llada').status() == '' end)
  driver.ready()
  driver.ok('restarted')
end)
