-- wrk: every request is another session's beacon, with a believable body.
local account = os.getenv("BENCH_ACCOUNT")
local path = os.getenv("BENCH_PATH") or "/collect"
local pause_ms = tonumber(os.getenv("BENCH_PAUSE_MS") or "0")
local thread_number = 0

function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

local headers = {
  ["Content-Type"] = "text/plain;charset=UTF-8",
  ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    .. "Chrome/140.0.0.0 Safari/537.36",
}

local template = '{"account":"%s","media":"bench-%d","session":"%08x-%04x-7%03x-8%03x-%012x",'
  .. '"seq":1,"sent_at":%d,"visitor":"v%d","duration":120.5,"played":true,'
  .. '"watched":[[0,%d.25,1],[%d.5,%d.75,2]],'
  .. '"page":{"url":"https://www.example.com/lessons/%d?utm_source=mail","title":"Lesson",'
  .. '"referrer":"https://www.example.com/"},'
  .. '"player":{"name":"html5","version":"1","rate":1,"language":"en","screen":[1920,1080]},'
  .. '"quality":{"startup_ms":120,"stalls":0,"stalled_ms":0}}'

local count = 0
local base

function init(args)
  base = os.time() * 1000
  math.randomseed(number * 7919 + os.time())
end

function request()
  count = count + 1
  local ms = base + (count % 60000)
  local seen = math.random(10, 50)
  local body = template:format(
    account, math.random(1, 100), math.floor(ms / 65536), ms % 65536, math.random(0, 4095),
    number * 256 + math.random(0, 255), count * 4096 + math.random(0, 4095), ms,
    math.random(1, 200000), seen, seen + 5, seen + 20, math.random(1, 500)
  )
  return wrk.format("POST", path, headers, body)
end

-- Each connection rests before its next beacon, so their number sets the rate.
if pause_ms > 0 then
  function delay()
    return pause_ms
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.3f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
