CREATE TABLE IF NOT EXISTS product (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    price INTEGER NOT NULL,          -- pence
    tagline TEXT NOT NULL,
    description TEXT NOT NULL,
    details TEXT NOT NULL,           -- one a line
    video TEXT NOT NULL,             -- id of a film, or empty
    position INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS customer (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS review (
    id INTEGER PRIMARY KEY,
    product TEXT NOT NULL REFERENCES product,
    author TEXT NOT NULL,
    rating INTEGER NOT NULL,
    words TEXT NOT NULL,
    written_on TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS review_by_product ON review (product);
CREATE TABLE IF NOT EXISTS basket_line (
    basket TEXT NOT NULL,
    product TEXT NOT NULL REFERENCES product,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (basket, product)
);
CREATE TABLE IF NOT EXISTS shop_order (
    reference TEXT PRIMARY KEY,
    customer INTEGER REFERENCES customer,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    payment TEXT NOT NULL,
    discount INTEGER NOT NULL,       -- pence
    total INTEGER NOT NULL,          -- pence
    placed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS order_line (
    reference TEXT NOT NULL REFERENCES shop_order,
    product TEXT NOT NULL REFERENCES product,
    quantity INTEGER NOT NULL,
    price INTEGER NOT NULL,
    PRIMARY KEY (reference, product)
);
CREATE TABLE IF NOT EXISTS subscriber (
    email TEXT PRIMARY KEY COLLATE NOCASE,
    token TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    confirmed_at TEXT
);
CREATE TABLE IF NOT EXISTS visit (
    id INTEGER PRIMARY KEY,
    visitor TEXT NOT NULL,
    visited_at TEXT NOT NULL,
    product TEXT REFERENCES product,
    referrer TEXT NOT NULL           -- a site, no page of it
);
CREATE INDEX IF NOT EXISTS visit_by_visitor ON visit (visitor);
CREATE INDEX IF NOT EXISTS visit_by_product ON visit (product);
CREATE TABLE IF NOT EXISTS mail_queue (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    subject TEXT NOT NULL,
    queued_at TEXT NOT NULL
);
