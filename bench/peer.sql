-- The table of sessions as one would make it in PostgreSQL, one row for each, and what fills it.
CREATE TABLE sessions (
    account_id int NOT NULL,
    media text NOT NULL,
    id uuid NOT NULL,
    started timestamptz NOT NULL,
    received timestamptz NOT NULL,
    visitor text NOT NULL,
    played bool NOT NULL,
    duration float8 NOT NULL,
    watched_seconds float8 NOT NULL,
    covered_seconds float8 NOT NULL,
    piece_starts int[] NOT NULL,
    piece_ends int[] NOT NULL,
    piece_times smallint[] NOT NULL,
    page_url text NOT NULL,
    page_title text NOT NULL,
    referrer text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    actions text NOT NULL,
    language text NOT NULL,
    screen_width smallint NOT NULL,
    screen_height smallint NOT NULL,
    startup_ms int NOT NULL,
    stalls smallint NOT NULL,
    ip text NOT NULL,
    user_agent text NOT NULL,
    browser text NOT NULL,
    browser_version text NOT NULL,
    platform text NOT NULL,
    mobile bool NOT NULL,
    country text NOT NULL
);
-- Filled before it is indexed.
CREATE INDEX ON sessions (account_id, started);
CREATE INDEX ON sessions (account_id, media, started);
CREATE INDEX ON sessions (account_id, visitor, started);
CREATE INDEX ON sessions (account_id, started DESC) WHERE played;
ALTER TABLE sessions ADD PRIMARY KEY (account_id, media, id);
