-- The schemas of the system, named like the folders of the code that uses them.
CREATE SCHEMA market;
CREATE SCHEMA onchain;
-- The history of migrations stands in it, so it is there before the first of them.
CREATE SCHEMA IF NOT EXISTS ops;
