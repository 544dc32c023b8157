-- With a server whose model writes for half an hour, a frame every 20 ms.
local driver = dofile(vim.env.LLADA_SCRIPTS .. '/driver.lua')
local TEXT = { '😀 One thing. Two things, 漢字. Three.', 'The end.' }

local function trace() return vim.fn.readfile(vim.env.LLADA_TRACE) end

local function begin()
  driver.on('Two')
  vim.cmd('LladaEdit! paraphrase')
  driver.wait('a frame', function() return driver.virtual('llada_live'):find('^so far %d+ ░░') end)
  driver.same(driver.lines(), TEXT, 'the text under a preview')
end

local function ended(seen)
  driver.wait('stopping', function() return trace()[#trace()] == 'closed' and require('llada').status() == 'ready' end)
  assert(#trace() < seen + 5000, 'it went on') -- and not 100 000
  driver.same(driver.virtual('llada_live'), '', 'what is shown')
end

driver.run(function()
  vim.fn.writefile(TEXT, vim.env.LLADA_FILE)
  vim.cmd.edit(vim.env.LLADA_FILE)
  driver.ready()
  begin()
  driver.ok('live')
  local seen = #trace()
  vim.cmd('LladaEdit cancel')
  ended(seen)
  driver.same(driver.lines(), TEXT, 'the text')
  driver.same(driver.said, { 'llada-edit: stopped' }, 'the messages')
  driver.ok('cancelled')

  begin()
  seen = #trace()
  vim.api.nvim_buf_set_lines(0, 1, 2, false, { 'Another end.' })
  driver.wait('a message', function() return driver.said[2] end)
  ended(seen)
  assert(driver.said[2]:find('the text has changed', 1, true), driver.said[2])
  driver.same(driver.lines(), { TEXT[1], 'Another end.' }, 'the text')
  driver.ok('not for another version')
end)
