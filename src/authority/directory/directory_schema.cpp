// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/directory_schema.h"

#include <array>

namespace countersign::authority {

namespace {

// `number` counts certificates in the order of their issue and is the key of all paging. Every index ends
// with it, so that each page of a search is read from the index without sorting.
constexpr std::array kMigrations = {
    storage::Migration{1, R"sql(
CREATE TABLE certificate (
  number BIGINT NOT NULL PRIMARY KEY,
  serial BLOB NOT NULL UNIQUE,
  fingerprint BLOB NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('active', 'on_hold', 'revoked')),
  reason BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  status_version BIGINT NOT NULL,
  subject TEXT NOT NULL,
  role TEXT NOT NULL,
  registered_by TEXT NOT NULL,
  email_digest BLOB,
  enrolment TEXT NOT NULL,
  not_after BIGINT NOT NULL,
  der BLOB NOT NULL
);
CREATE TABLE directory_version (version BIGINT NOT NULL);
INSERT INTO directory_version (version) VALUES (1);
CREATE INDEX certificate_by_subject ON certificate (subject, number);
CREATE INDEX certificate_by_email ON certificate (email_digest, number) WHERE email_digest IS NOT NULL;
CREATE INDEX certificate_by_registrar ON certificate (registered_by, number) WHERE registered_by <> '';
CREATE INDEX certificate_by_enrolment ON certificate (enrolment, number) WHERE enrolment <> '';
CREATE INDEX certificate_by_role ON certificate (role, state, number);
CREATE INDEX certificate_by_state ON certificate (state, number);
CREATE INDEX certificate_not_active ON certificate (not_after) WHERE state <> 'active';
)sql"},
    // Keys, so that none is certified under two names; and what a restored store knows from the record of
    // statuses alone.
    storage::Migration{2, R"sql(
ALTER TABLE certificate ADD COLUMN key_digest BLOB;
CREATE INDEX certificate_by_key ON certificate (key_digest) WHERE key_digest IS NOT NULL;
CREATE TABLE lost_certificate (
  serial BLOB NOT NULL PRIMARY KEY,
  status_version BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('on_hold', 'revoked')),
  reason BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  not_after BIGINT NOT NULL
);
)sql"},
    // What the status feed speaks from. The one row of status_epoch holds the ends of the journal.
    storage::Migration{3, R"sql(
CREATE TABLE status_epoch (
  epoch BLOB NOT NULL,
  sequence BIGINT NOT NULL,
  digest BLOB NOT NULL,
  base_sequence BIGINT NOT NULL,
  base_digest BLOB NOT NULL
);
CREATE TABLE status_change (
  sequence BIGINT NOT NULL PRIMARY KEY,
  serial BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'on_hold', 'revoked')),
  reason BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  digest BLOB NOT NULL
);
)sql"},
};

}  // namespace

std::span<const storage::Migration> directory_migrations() {
  return kMigrations;
}

}  // namespace countersign::authority
