--- `:LladaEdit NAME [FIELD=VALUE ...]`: what the names mean.
local orders = require('llada.orders')
local place = require('llada.place')
local say = require('llada.say')
local server = require('llada.server')

local M = {}

-- Offered before the server has said what the model is good at; afterwards what it said.
local OPERATIONS = { 'paraphrase', 'simplify', 'shorten', 'expand', 'formal', 'plain', 'proofread' }
local WISHES = { n = tonumber, seed = tonumber, strength = function(text) return tonumber(text) or text end,
  length = tostring, note = tostring, keep = function(text) return vim.split(text, ',') end }

local FIELDS = { 'n=', 'seed=', 'strength=touch-up', 'strength=rephrase', 'strength=rewrite', 'length=same', 'length=',
  'note=', 'keep=' }

--- What a call is about: the selection, some lines, or the cursor.
local function range_of(given, encoding)
  if given.range == 0 then return place.cursor(encoding) end
  local first, last = vim.api.nvim_buf_get_mark(0, '<')[1], vim.api.nvim_buf_get_mark(0, '>')[1]
  if given.line1 == first and given.line2 == last then return place.selection(encoding) end
  return place.lines(given.line1, given.line2, encoding)
end

local function names()
  return vim.tbl_map(function(known) return known.op end, server.operations)
end

local function choose_operation(call)
  if #server.operations == 0 then return say.info('the model is still loading') end
  local function format(known) return known.title .. (known.detail ~= '' and ': ' .. known.detail or '') end
  local options = { prompt = 'llada-edit', kind = 'llada', format_item = format }
  vim.ui.select(server.operations, options, function(known)
    if known then M.operations(known.op)(call) end
  end)
end

--- What rewrites by an operation.
function M.operations(op)
  return function(call)
    orders.send(call.client, call.bufnr, vim.tbl_extend('force', { op = op, ranges = { call.range } }, call.wishes))
  end
end

local function on_last(name) -- of the text that was written last
  return function(call) server.execute(call.client, name, { uri = call.uri }, call.bufnr) end
end

--- Words of the text that was written last that stay in another one: the selection, or the word at the cursor. Without
--- a selection all are let go.
local function pin(name)
  return function(call)
    local ranges = (name == 'pin' or call.selected) and { call.range } or {}
    server.execute(call.client, name, { uri = call.uri, ranges = ranges }, call.bufnr, function(pinned)
      say.info(#pinned > 0 and ('pinned “%s”'):format(table.concat(pinned, '”, “')) or 'nothing is pinned')
    end)
  end
end

local function of_model(name)
  return function(call) server.execute(call.client, name, vim.empty_dict(), call.bufnr) end
end

local function terms(name, did)
  return function(call)
    local text = place.text(call.bufnr, call.range, call.client.offset_encoding)
    if text == '' then return say.warn('select what is to stay as it is') end
    server.execute(call.client, name, { uri = call.uri, terms = { text } }, call.bufnr)
    say.info(('%s “%s” in this text'):format(did, text))
  end
end

M.names = {
  fill = function(call) orders.fill(call.client, call.bufnr, call.range, call.wishes) end,
  ['fill-all'] = function(call)
    orders.send(call.client, call.bufnr, vim.tbl_extend('force', { op = 'fill', n = 1, ranges = {} }, call.wishes))
  end,
  insert = M.operations('fill'),
  reword = M.operations('reword'),
  rewrite = choose_operation,
  alternatives = function(call) orders.alternatives(call.client, call.bufnr) end,
  another = on_last('another'),
  stronger = on_last('stronger'),
  weaker = on_last('weaker'),
  revert = on_last('revert'),
  accept = on_last('accept'),
  pin = pin('pin'),
  unpin = pin('unpin'),
  clear = on_last('clearMarks'),
  score = on_last('score'),
  keep = terms('keepTerms', 'kept'),
  forget = terms('forgetTerms', 'no longer kept'),
  cancel = function(call)
    local count = require('llada.jobs').cancel(call.client)
    say.info(count > 0 and 'stopped' or 'nothing was under way')
  end,
  ghost = function(call)
    say.info('ghost text is ' .. (require('llada.ghost').toggle(call.client) and 'on' or 'off'))
  end,
  unload = of_model('unload'),
  load = of_model('load'),
  status = function() say.info(require('llada').status()) end,
}

local function wishes_of(words)
  local wishes = {}
  for _, word in ipairs(words) do
    local name, value = word:match('^(%w+)=(.+)$')
    if not name or not WISHES[name] then return nil, word end
    wishes[name] = WISHES[name](value)
  end
  return wishes
end

--- Run the command; with a bang the best text is taken, and none is chosen.
--- @param given table as nvim_create_user_command gives it
function M.run(given)
  local name = given.fargs[1] or 'rewrite'
  if name == 'restart' then return server.restart() end
  local listed = #server.operations > 0 and names() or OPERATIONS
  local act = M.names[name] or vim.tbl_contains(listed, name) and M.operations(name)
  if not act then
    return say.error(('there is no "%s" with this model; there are %s'):format(name, table.concat(M.all(), ', ')))
  end
  local wishes, wrong = wishes_of(vim.list_slice(given.fargs, 2))
  if not wishes then
    return say.error(('%s is no wish; give n=, seed=, strength=, length=, note= or keep='):format(wrong))
  end
  if given.bang then wishes.n = 1 end
  local bufnr = vim.api.nvim_get_current_buf()
  server.with(bufnr, function(client)
    if vim.api.nvim_get_current_buf() ~= bufnr then return end
    act({ client = client, bufnr = bufnr, uri = vim.uri_from_bufnr(bufnr), wishes = wishes, selected = given.range > 0,
      range = range_of(given, client.offset_encoding) })
  end)
end

--- All names that can stand after `:LladaEdit`.
function M.all()
  local all = vim.list_extend({ 'restart' }, vim.tbl_keys(M.names))
  vim.list_extend(all, #server.operations > 0 and names() or OPERATIONS)
  table.sort(all)
  return all
end

--- What can stand at the end of a command line.
--- @param begun string
--- @param line string
--- @return string[]
function M.complete(begun, line)
  local before = vim.split(line, '%s+')
  local first = #vim.list_slice(before, 2) <= 1
  local all = first and M.all() or FIELDS
  return vim.tbl_filter(function(name) return vim.startswith(name, begun) end, all)
end

return M
