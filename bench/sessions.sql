-- Believable sessions, as rows of the table sessions_in, from number {from} up to {to} of {sessions}.
-- Each draw is a hash of the session's number, so the same store comes out every time.
INSERT INTO sessions_in
WITH
    (salt -> sipHash64(number, salt) / pow(2, 64)) AS draw
SELECT
    {account:UInt32} AS account_id,
    concat('bench-', leftPad(toString(media_number), 4, '0')) AS media,
    at AS session_ms,
    toUUID(concat(
        leftPad(lower(hex(at)), 12, '0'), '7', leftPad(lower(hex(sipHash64(number, 20) % 4096)), 3, '0'),
        'a', leftPad(lower(hex(sipHash64(number, 21) % 1152921504606846976)), 15, '0')
    )) AS session,
    (3 * pow(2, 40))::UInt64 AS version,
    (at + shift)::Int64 AS started_ms,
    least(at + shift + 1000 * (5 + lingered), {now:UInt64})::Int64 AS received_ms,
    concat('v', lower(hex(sipHash64(who)))) AS visitor,
    draw(4) < 0.7 AS played,
    length_s AS duration,
    arraySum((start, end, times) -> (end - start) * times, piece_starts, piece_ends, piece_times) / 1000 AS watched_seconds,
    arraySum((start, end) -> end - start, piece_starts, piece_ends) / 1000 AS covered_seconds,
    multiIf(NOT played, [], shape = 0, [0, left, right], shape = 1, [0, right], [0]) AS piece_starts,
    multiIf(NOT played, [], shape = 0, [left, right, seen], shape = 1, [left, seen], [seen]) AS piece_ends,
    multiIf(NOT played, [], shape = 0, [1, 2, 1], shape = 1, [1, 1], [1])::Array(UInt16) AS piece_times,
    concat('https://www.example.com/lessons/', toString(media_number), if(draw(9) < 0.2, concat('?utm_source=', ['letter', 'ads', 'social'][1 + number % 3], '&utm_campaign=c', toString(number % 40)), '')),
    concat('Lesson ', toString(media_number)),
    multiIf(draw(10) < 0.3, 'https://www.google.com/', draw(10) < 0.5, concat('https://site-', toString(sipHash64(number, 22) % 300), '.example/'), ''),
    if(who % 50 = 0, concat('viewer', toString(who), '@example.com'), ''),
    if(who % 100 = 0, concat('Viewer ', toString(who)), ''),
    '', '',
    if(draw(11) < 0.02, '[{"type":"turnstile","shown":1,"converted":1}]', ''),
    'html5', '1.0', 1, ['en-GB', 'en-US', 'de-DE', 'fr-FR', 'es-ES'][1 + who % 5],
    [1920, 1366, 390, 412][1 + who % 4], [1080, 768, 844, 915][1 + who % 4],
    if(played, 150 + sipHash64(number, 23) % 900, 0), draw(12) < 0.05, 0, [],
    concat(toString(1 + sipHash64(who, 1) % 223), '.', toString(sipHash64(who, 2) % 256), '.', toString(sipHash64(who, 3) % 256), '.0'),
    concat('Mozilla/5.0 (', ['Windows NT 10.0', 'Macintosh', 'iPhone', 'Linux; Android 14'][1 + who % 4], ') Version/', toString(120 + sipHash64(who, 4) % 20)),
    ['Chrome', 'Safari', 'Safari', 'Chrome'][1 + who % 4], toString(120 + sipHash64(who, 4) % 20),
    ['Windows', 'macOS', 'iOS', 'Android'][1 + who % 4], who % 4 > 1,
    ['US', 'GB', 'DE', 'FR', 'ES', 'IN', 'BR'][1 + sipHash64(who, 5) % 7], '', '', NULL, NULL, ''
FROM (
    SELECT
        number,
        if(draw(1) < 0.1, 0, 1 + toUInt64({tail:UInt64} * 0.9999 * pow(draw(2), 3))) AS media_number,
        toUInt64({visitors:UInt64} * 1.09 * pow(draw(3), 1.6)) AS who,
        -- More of them by day than by night.
        (if(draw(5) < 0.8, 8 + 14 * draw(6), 24 * draw(6)) * 3600000)::UInt64 AS of_day,
        ({begin:UInt64} + intDiv(number * {days:UInt64}, {sessions:UInt64}) * 86400000 + of_day)::UInt64 AS placed,
        -- What would lie ahead is of yesterday.
        placed - if(placed > {now:UInt64}, 86400000, 0) AS at,
        -- Few clocks are wrong, and those are put right by quarters of an hour.
        if(draw(7) < 0.03, 900000 * toInt64(1 + sipHash64(number, 25) % 8), 0)::Int64 AS shift,
        30.5 + (media_number * 7919) % 1800 AS length_s,
        (least(1, 0.01 - log(1 - draw(8)) / 2) * length_s * 1000)::UInt64 AS seen,
        intDiv(seen, 3) AS left,
        intDiv(2 * seen, 3) AS right,
        intDiv(seen, 1000) AS lingered,
        if(seen < 3, 2, sipHash64(number, 24) % 6) AS shape
    FROM (SELECT arrayJoin(range({from:UInt64}, {to:UInt64})) AS number)
)
