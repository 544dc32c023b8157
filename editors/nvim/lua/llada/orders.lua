--- Asking the server for texts, and putting the chosen one in.
local apply = require('llada.apply')
local jobs = require('llada.jobs')
local picker = require('llada.picker')
local place = require('llada.place')
local say = require('llada.say')
local server = require('llada.server')

local M = {}

local SUPERSEDED, MODIFIED = -32802, -32801 -- of the protocol

local function failed(err)
  if err.code == MODIFIED then
    say.warn(apply.MOVED)
  elseif err.code ~= SUPERSEDED then
    say.error(err.message)
  end
end

--- Send an order, let the user choose where several texts come back, and put the chosen one in.
--- @param order table as docs/language-server.md names its fields, without uri and job
function M.send(client, bufnr, order)
  local job, encoding = jobs.begin(bufnr), client.offset_encoding
  order.uri, order.job = vim.uri_from_bufnr(bufnr), job.name
  if server.status and server.status.kind == 'loading' then
    say.info('the model is loading; the text comes afterwards')
  end
  server.request(client, 'llada/propose', order, bufnr, function(err, answer)
    if not jobs.finish(job) then return end -- cancelled meanwhile
    if err then return failed(err) end
    local proposals = answer.proposals
    if #proposals == 0 then return say.info('the model finds no other wording here') end
    local function put(proposal) apply.apply(job, proposal.edits, encoding) end
    if #proposals == 1 then return put(proposals[1]) end
    if not jobs.current(job) then return say.warn(apply.MOVED) end
    local function original(edit)
      local found = { text = place.text(bufnr, edit.range, encoding) }
      if (order.op or 'fill') == 'fill' then found.left, found.right = place.around(bufnr, edit.range, encoding) end
      return found
    end
    picker.choose(vim.tbl_map(original, proposals[1].edits), proposals, put, function()
      server.notify(client, 'llada/didReject', { job = job.name })
      if not jobs.current(job) then return say.warn(apply.MOVED) end
      M.send(client, bufnr, order)
    end)
  end)
end

--- Fill the hole that a range touches, or the one on its line. Where holes are, the server knows.
function M.fill(client, bufnr, range, wishes)
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(bufnr),
    range = range,
    context = { diagnostics = {}, only = { 'refactor.rewrite.llada.fill' } },
  }
  server.request(client, 'textDocument/codeAction', params, bufnr, function(err, actions)
    if err then return failed(err) end
    local action = actions and actions[1]
    if not action then return say.info('there is no hole on this line; write [?] where something is missing') end
    local order = action.data and action.data.order or action.command.arguments[1]
    M.send(client, bufnr, vim.tbl_extend('force', { ranges = order.ranges, version = order.version }, wishes))
  end)
end

--- Other words for the word at the cursor, with their probabilities.
function M.alternatives(client, bufnr)
  local job, encoding = jobs.begin(bufnr), client.offset_encoding
  local params = vim.lsp.util.make_position_params(0, encoding)
  params.k = 9
  server.request(client, 'llada/alternatives', params, bufnr, function(err, answer)
    if not jobs.finish(job) then return end
    if err then return failed(err) end
    if #answer.words == 0 then return say.info('the model finds no word here') end
    picker.word(place.text(bufnr, answer.range, encoding), answer.words, function(text)
      apply.apply(job, { { range = answer.range, newText = text } }, encoding)
    end)
  end)
end

return M
