-- By which method a request is answered; one that is pushed to a device has no code.
alter table confirmation_request add column method text not null default 'code';
-- What a person or a relying party sees of its requests, newest first, and what changed since a moment.
create index confirmation_request_account on confirmation_request (account, id);
create index confirmation_request_client on confirmation_request (client_id, id);
create index confirmation_request_ended on confirmation_request (ended_at) where ended_at is not null;
