-- Send the lines of a file in turn and print what came of it as JSON.
-- With a content type each line is a body in hexadecimal, to be posted; without, a path to get.
local requests, turn = {}, 0

local function bytes(hexadecimal)
  return (hexadecimal:gsub("..", function(digits) return string.char(tonumber(digits, 16)) end))
end

function init(args)
  wrk.headers["Content-Type"] = args[2]
  for line in io.lines(args[1]) do
    requests[#requests + 1] = args[2] and wrk.format("POST", nil, nil, bytes(line))
      or wrk.format("GET", line)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
