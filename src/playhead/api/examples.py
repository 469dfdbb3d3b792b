"""Examples for the description of the API, made from its schemas.

A field is shown as what its name means everywhere in the API; one that is not known here is shown
as any value of its type.
"""

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_BY_NAME: Final[dict[str, Any]] = {
    "account.key": "k3v9x0q2m7w1z8p4",
    "account.name": "Example School",
    "actions.shown": 1,
    "actions.type": "form",
    "errors.code": "MEDIA_ERR_NETWORK",
    "errors.sessions": 3,
    "identity.name": "Ada Lovelace",
    "org.name": "Example University",
    "org.title": "Professor",
    "player.name": "video",
    "player.version": "1.2.0",
    "project.name": "Demo course",
    "quality.stalls": 1,
    "sessions.screen": "1920x1080",
    "startup.count": 520,
    "thumbnail.url": "https://www.example.com/lesson-1.jpg",
    "user.name": "Ada Lovelace",
    "visitor_identity.name": "Ada Lovelace",
    "accepted": 2,
    "account": "k3v9x0q2m7w1z8p4",
    "action_count": 18,
    "address_mode": "truncated",
    "allowed_domains": ["www.example.com"],
    "api": "/v1/stats/account.json",
    "at": "2026-11-23T10:46:01.063Z",
    "averagePercentWatched": 53,
    "average_percent_watched": 53,
    "browser": "Firefox",
    "browser_version": "145.0",
    "captions_support": True,
    "city": "Berlin",
    "code": "unauthorized_credentials",
    "converted": 1,
    "converted_at": "2026-11-23T10:46:01.063Z",
    "cors_origins": ["https://app.example.com"],
    "country": "DE",
    "created": "2026-11-23T10:46:01.063Z",
    "created_at": "2026-11-23T10:46:01.063Z",
    "csrf": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "cta_conversion_rate": 0.04,
    "cta_conversions": 18,
    "cta_impressions": 450,
    "current": "correct horse battery",
    "cursor": "MTc5NTQzMDc2MTA2MyAwMTlhYjA2NDNjNjc3YzFlOGYwYTJiNGQ2ZThmMGExYyBkZW1vLWNsaXA=",
    "data_date": "2026-11-23",
    "date": "2026-11-23",
    "definition": "Number of sessions.",
    "description": "How it begins.",
    "device": "desktop",
    "duration": 60.0,
    "email": "ada@example.com",
    "embed_domain": "www.example.com",
    "embed_path": "/lesson-1",
    "embed_url": "https://www.example.com/lesson-1",
    "end_cursor": "MjU",
    "end_date": "2026-11-23",
    "engagement": 0.53372879925,
    "engagement_data": [489, 466, 447],
    "engagement_rate": 0.53372879925,
    "error": "start_date: '2012-13-01' is not a date (use YYYY-MM-DD)",
    "event_key": "0192f5c8a4b07d3e9c1f2a6b8d4e7f10",
    "first_name": "Ada",
    "form_conversions": 7,
    "group_by": "utm_source",
    "hashedId": "w9tqg5n31q",
    "hashed_id": "demo-clip",
    "hint": "phd_4k1q",
    "hours_watched": 5.75760027778,
    "id": 1,
    "identifying_event_key": "0192f5c8a4b07d3e9c1f2a6b8d4e7f10",
    "iframe_heatmap_url": "https://stats.example.com/v1/stats/events/0192f5c8/iframe.html",
    "impression_count": 450,
    "ip": "203.0.113.0",
    "key": "k3v9x0q2m7w1z8p4",
    "language": "de",
    "last_active_at": "2026-11-23T10:46:01.063Z",
    "last_beacon_at": "2026-11-23T10:45:58.211Z",
    "last_event_key": "0192f5c8a4b07d3e9c1f2a6b8d4e7f10",
    "last_name": "Lovelace",
    "last_seen": "2026-11-23T10:46:01.063Z",
    "lat": 52.52,
    "limit": 25,
    "line": 3,
    "load_count": 679,
    "loads": 679,
    "lon": 13.4,
    "media": "demo-clip",
    "mediaCount": 6,
    "media_count": 6,
    "media_id": "demo-clip",
    "media_name": "Demo clip",
    "media_url": "https://www.example.com/lesson-1",
    "median_ms": 420.0,
    "mobile": False,
    "name": "Demo clip",
    "network": "Example University",
    "new": "staple correct horse",
    "number_of_videos": 6,
    "org": "Example University",
    "p75_ms": 780.0,
    "p95_ms": 1900.0,
    "page_title": "Lesson 1",
    "pageLoads": 679,
    "page_loads": 679,
    "page_url": "https://www.example.com/lesson-1",
    "password": "correct horse battery",
    "percentOfVisitorsClickingPlay": 82,
    "percent_of_total_plays": 0.61,
    "percent_of_visitors_clicking_play": 82,
    "percent_viewed": 0.75,
    "platform": "Linux",
    "play_count": 533,
    "play_rate": 0.822937625755,
    "played": True,
    "played_time": 20727,
    "plays": 533,
    "project_id": "w9tqg5n31q",
    "folder_id": "w9tqg5n31q",
    "public_token": "yGX6ZxJ0v2cQ1tKmPq4uBn8D",
    "tracker_path": "/tracker.js",
    "rate": 0.04,
    "received_at": "2026-11-23T10:46:01.063Z",
    "referrer": "https://search.example/",
    "referrer_domain": "search.example",
    "region": "BE",
    "revoked": "2026-11-23T10:46:01.063Z",
    "rewatch_data": [38, 39, 31],
    "role": "editor",
    "scopes": ["read"],
    "screen": [1920, 1080],
    "search": "ada",
    "secret": "phd_4k1q…",
    "sent_at": 1_795_430_761_063,
    "seq": 1,
    "session": "019ab064-3c67-7c1e-8f0a-2b4d6e8f0a1c",
    "sessions_stalled": 12,
    "sessions_with_errors": 3,
    "shown": 1,
    "signed_beacons": False,
    "stalled_seconds": 7.5,
    "stalled_share": 0.004,
    "stalls": 19,
    "start_cursor": "MQ",
    "start_date": "2026-11-22",
    "started_at": "2026-11-23T10:44:12.804Z",
    "startup_ms": 420,
    "thumbnail_url": "https://www.example.com/lesson-1.jpg",
    "timestamp": "2026-11-23T00:00:00.000Z",
    "timezone": "Europe/Berlin",
    "title": "Lesson 1",
    "token_id": "7",
    "type": "Video",
    "unique_loads": 497,
    "unique_plays": 409,
    "unique_visitors": 497,
    "unit": "count",
    "updated": "2026-11-23T10:46:01.063Z",
    "url": "https://www.example.com/lesson-1",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "user_id": "3",
    "viewer_screen_size": "1920x1080",
    "visitor": "visitor-1",
    "visitor_email": "ada@example.com",
    "visitor_key": "visitor-1",
    "visitor_name": "Ada Lovelace",
    "visitors": 497,
    "watched": [[0, 10, 1]],
    "watched_seconds": 45.0,
    "watching": True,
}
_BY_FORMAT: Final = {
    "date": "2026-11-23",
    "date-time": "2026-11-23T10:46:01.063Z",
    "uuid": "019ab064-3c67-7c1e-8f0a-2b4d6e8f0a1c",
}
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


def example_of(schema: Schema, components: Schema, name: str = "", owner: str = "") -> Any:
    """A value that the schema allows.

    Args:
        schema: a JSON schema.
        components: the schemas that it may refer to, by name.
        name: of the field or parameter that the value is for.
        owner: of the field whose value it is part of.
    """
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components, name, owner)
    if "anyOf" in schema:
        # The first is what it is, the others are what it may be without.
        return example_of(schema["anyOf"][0], components, name, owner)
    known = _BY_NAME.get(f"{owner}.{name}", _BY_NAME.get(name))
    if schema.get("enum"):
        return known if known in schema["enum"] else schema["enum"][0]
    kind = schema.get("type")
    if known is not None and kind in _TYPES and _is(known, kind):
        return known
    return _made(schema, components, name)


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _made(schema: Schema, components: Schema, name: str) -> Any:
    match schema.get("type"):
        case "object":
            fields: Schema = schema.get("properties", {})
            return {key: example_of(part, components, key, name) for key, part in fields.items()}
        case "array":
            # One entry is enough to show, except where each place has a meaning of its own.
            parts = schema.get("prefixItems") or [part for part in [schema.get("items")] if part]
            return [example_of(part, components, name) for part in parts]
        case "string":
            return schema.get("default", _BY_FORMAT.get(schema.get("format", ""), "text"))
        case "integer" | "number":
            return schema.get("default", schema.get("minimum", 1))
        case "boolean":
            return schema.get("default", True)
    return None
