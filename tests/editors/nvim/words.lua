-- An edit as edits of words gives the same text, whatever the text and the units of the protocol are.
local driver = dofile(vim.env.LLADA_SCRIPTS .. '/driver.lua')
local apply, jobs, place = require('llada.apply'), require('llada.jobs'), require('llada.place')
local PIECES = { 'a', '😀', '漢字', 'Café', 'two words', 'x\ny', '\n', '.', ' ', '"q"', 'don’t', '\n\n', 'e\204\129', '\1' }

local function text(most)
  local pieces = {}
  for index = 1, math.random(0, most) do
    pieces[index] = PIECES[math.random(#PIECES)]
  end
  return table.concat(pieces)
end

local function position(bufnr, before, encoding)
  local lines = vim.split(before, '\n')
  return place.position(bufnr, #lines - 1, #lines[#lines], encoding)
end

driver.run(function()
  math.randomseed(7)
  for round = 1, 600 do
    local encoding = ({ 'utf-8', 'utf-16', 'utf-32' })[round % 3 + 1]
    local left, old, right, new = text(4), text(6), text(4), text(6)
    local bufnr = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split(left .. old .. right, '\n'))
    local range = { start = position(bufnr, left, encoding), ['end'] = position(bufnr, left .. old, encoding) }
    assert(apply.apply(jobs.begin(bufnr), { { range = range, newText = new } }, encoding))
    local got = table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), '\n')
    driver.same(got, left .. new .. right, vim.inspect({ left, old, right, encoding }))
    if new ~= old then vim.api.nvim_buf_call(bufnr, function() vim.cmd('silent undo') end) end
    got = table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), '\n')
    driver.same(got, left .. old .. right, vim.inspect({ 'after one undo', left, old, right, new }))
    vim.api.nvim_buf_delete(bufnr, { force = true })
  end
  driver.ok('600 edits')
end)
