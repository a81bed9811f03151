-- PostgreSQL's image runs this once, when its volume is new: step 2 of docs/operations.md,
-- "Install on a real server". The role is no superuser: it owns two databases, and that is all.
\getenv password OWNER_PASSWORD
CREATE ROLE cafe24 LOGIN PASSWORD :'password';
CREATE DATABASE prefect OWNER cafe24;
CREATE DATABASE cafe24 OWNER cafe24;
