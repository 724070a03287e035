-- A passkey is found by the digest of its credential id: whoever signs in by one types no name.
alter table factor add column lookup bytea;
create unique index factor_lookup on factor (lookup) where lookup is not null;
