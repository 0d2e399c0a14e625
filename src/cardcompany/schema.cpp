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

// The ledger. Account ids are kind:currency:owner. A posting is positive where it debits, and those of an
// entry sum to zero in each currency; entries are never changed, and each one's digest covers the one before
// it. `frees` is when a hold that nobody captured or voided is freed by itself.
constexpr std::string_view kLedger = R"sql(
CREATE TABLE ledger_accounts (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('held', 'holder', 'merchant', 'commitments')),
  owner TEXT NOT NULL,
  currency TEXT NOT NULL,
  balance BIGINT NOT NULL,
  CHECK (kind NOT IN ('held', 'holder') OR balance >= 0),
  CHECK (kind NOT IN ('merchant', 'commitments') OR balance <= 0),
  UNIQUE (kind, owner, currency)
);
CREATE TABLE journal (
  number BIGINT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('hold', 'release', 'capture', 'refund', 'reversal')),
  authorization_id TEXT NOT NULL,
  movement TEXT NOT NULL,
  made BIGINT NOT NULL,
  digest BLOB NOT NULL
);
CREATE INDEX journal_by_authorization ON journal (authorization_id);
CREATE TABLE postings (
  entry BIGINT NOT NULL REFERENCES journal(number),
  line BIGINT NOT NULL,
  account TEXT NOT NULL REFERENCES ledger_accounts(id),
  amount BIGINT NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry, line)
);
CREATE INDEX postings_by_account ON postings (account, entry);
CREATE TABLE holds (
  authorization_id TEXT PRIMARY KEY,
  merchant TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES accounts(id),
  amount BIGINT NOT NULL CHECK (amount > 0),
  currency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'captured', 'voided', 'expired', 'reversed')),
  frees BIGINT NOT NULL,
  captured BIGINT NOT NULL DEFAULT 0,
  refunded BIGINT NOT NULL DEFAULT 0,
  CHECK (captured BETWEEN 0 AND amount),
  CHECK (refunded BETWEEN 0 AND captured)
);
CREATE INDEX holds_by_end ON holds (state, frees);
CREATE INDEX holds_by_account ON holds (account);
CREATE TABLE movements (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('capture', 'refund', 'capture-reversal', 'refund-reversal')),
  authorization_id TEXT NOT NULL REFERENCES holds(authorization_id),
  merchant TEXT NOT NULL,
  reference TEXT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  currency TEXT NOT NULL,
  entry BIGINT NOT NULL REFERENCES journal(number),
  reverses TEXT UNIQUE REFERENCES movements(id),
  made BIGINT NOT NULL,
  UNIQUE (merchant, reference)
);
CREATE UNIQUE INDEX one_capture_each ON movements (authorization_id) WHERE kind = 'capture';
CREATE INDEX movements_by_authorization ON movements (authorization_id);
ALTER TABLE accounts DROP COLUMN held;
ALTER TABLE authorizations ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;
UPDATE authorizations SET expires = decided + 604800;
CREATE INDEX authorizations_by_question ON authorizations (merchant, question_digest);
)sql";

// Split payments. One approval of a merchant's transaction counts for ever, unless it was released before it
// was captured. A review is what was signed of a decision; `result` is what its signature covers.
constexpr std::string_view kSplit = R"sql(
ALTER TABLE accounts ADD COLUMN purchaser TEXT NOT NULL DEFAULT '';
ALTER TABLE authorizations ADD COLUMN split_transaction TEXT;
ALTER TABLE authorizations ADD COLUMN split_purchaser TEXT;
CREATE INDEX authorizations_by_purchaser ON authorizations (split_purchaser, code, decided);
CREATE UNIQUE INDEX one_approval_each ON authorizations (merchant, split_transaction)
  WHERE split_transaction IS NOT NULL AND (state = 'approved' OR (state = 'released' AND code <> ''));
CREATE TABLE reviews (
  authorization_id TEXT PRIMARY KEY REFERENCES authorizations(id),
  request_digest BLOB NOT NULL,
  review_digest BLOB NOT NULL UNIQUE,
  result BLOB NOT NULL,
  signed_result BLOB NOT NULL
);
CREATE INDEX reviews_by_request ON reviews (request_digest);
)sql";

// Who answers for a guess: the data centre of who made it, where that is not the company's own.
constexpr std::string_view kForeignHome = R"sql(
ALTER TABLE authorizations ADD COLUMN foreign_home TEXT NOT NULL DEFAULT '';
CREATE INDEX authorizations_by_home ON authorizations (foreign_home, code, decided)
  WHERE foreign_home <> '';
)sql";

constexpr std::array kMigrations{storage::Migration{1, kFirst},    storage::Migration{2, kGuesses},
                                 storage::Migration{3, kByNumber}, storage::Migration{4, kLedger},
                                 storage::Migration{5, kSplit},    storage::Migration{6, kForeignHome}};

}  // namespace

std::span<const storage::Migration> card_company_migrations() {
  return kMigrations;
}

Result<void> migrate_card_company(storage::Database& database) {
  return database.migrate("cardcompany", kMigrations);
}

}  // namespace countersign::cardcompany
