// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/schema.h"

#include <array>

namespace countersign::cardcompany {
namespace {

// Times are Unix seconds, sums minor units. Numbers lie sealed; they are found by a keyed digest.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  method TEXT NOT NULL CHECK (method IN ('card', 'account')),
  number_digest BLOB NOT NULL UNIQUE,
  number_sealed BLOB NOT NULL,
  last_digits TEXT NOT NULL,
  holder TEXT NOT NULL,
  bank TEXT NOT NULL,
  expiry TEXT NOT NULL,
  currency TEXT NOT NULL,
  most BIGINT NOT NULL CHECK (most >= 0),
  held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
  blocked BIGINT NOT NULL DEFAULT 0,
  opened BIGINT NOT NULL
);
CREATE TABLE authorizations (
  id TEXT PRIMARY KEY,
  merchant TEXT NOT NULL,
  reference TEXT NOT NULL,
  question_digest BLOB NOT NULL,
  order_digest BLOB NOT NULL,
  account TEXT REFERENCES accounts(id),
  amount BIGINT NOT NULL,
  currency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('approved', 'declined', 'released')),
  code TEXT NOT NULL,
  decided BIGINT NOT NULL,
  UNIQUE (merchant, reference)
);
CREATE INDEX authorizations_by_account ON authorizations (account, decided);
)sql";

// Which number a question was about, known here or not, and what was wrong is told in one word.
constexpr std::string_view kGuesses = R"sql(
ALTER TABLE authorizations ADD COLUMN number_digest BLOB;
UPDATE authorizations SET code = 'unknown_account', account = NULL WHERE code = 'wrong_data';
CREATE INDEX authorizations_by_merchant ON authorizations (merchant, code, decided);
)sql";

constexpr std::string_view kByNumber = R"sql(
CREATE INDEX authorizations_by_number ON authorizations (merchant, number_digest, decided);
)sql";

constexpr std::array kMigrations{storage::Migration{1, kFirst}, storage::Migration{2, kGuesses},
                                 storage::Migration{3, kByNumber}};

}  // namespace

Result<void> migrate_card_company(storage::Database& database) {
  return database.migrate("cardcompany", kMigrations);
}

}  // namespace countersign::cardcompany
