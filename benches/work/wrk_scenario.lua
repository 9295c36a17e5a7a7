-- The list, an id out of it, the item. wrk's Lua knows threads, not users: the id found last is used by whichever
-- connection asks next, and the body is searched as text. So this is a scale for the eye, not the same work.
local items = "/items"
local id = nil
local wants_item = false

function request()
  wants_item = not wants_item
  if id and wants_item then
    return wrk.format("GET", items .. "/" .. id)
  end
  return wrk.format("GET", items)
end

function response(status, headers, body)
  if status ~= 200 then
    return
  end
  local position, found = 0, nil
  for _ = 1, 4 do
    position, _, found = string.find(body, '"id":"(%x+)"', position + 1)
    if not position then
      return
    end
  end
  id = found
end
