--- Messages to the user, each of one line, and some of them once.
local M = {}

local function say(text, level) vim.notify('llada-edit: ' .. text, level) end

function M.info(text) say(text, vim.log.levels.INFO) end
function M.warn(text) say(text, vim.log.levels.WARN) end
function M.error(text) say(text, vim.log.levels.ERROR) end

local said = {}

--- An error that is not said again before `M.forget()`: nobody wants it for every file that is opened.
function M.error_once(text)
  if not said[text] then
    said[text] = true
    M.error(text)
  end
end

function M.forget() said = {} end

return M
