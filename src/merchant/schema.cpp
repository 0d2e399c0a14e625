// SPDX-License-Identifier: Apache-2.0
#include "merchant/schema.h"

#include <array>

namespace countersign::merchant {
namespace {

// Times are Unix seconds. Documents are kept as the bytes that were signed or sent.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  digest BLOB NOT NULL,
  created BIGINT NOT NULL,
  revoked BIGINT
);
CREATE TABLE consents (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('enrolment', 'renewal')),
  document BLOB NOT NULL,
  given BIGINT NOT NULL,
  request_key TEXT UNIQUE,
  request_digest BLOB NOT NULL
);
CREATE TABLE enrolments (
  id TEXT PRIMARY KEY,
  consent TEXT NOT NULL UNIQUE REFERENCES consents(id),
  expires BIGINT NOT NULL
);
CREATE TABLE checkouts (
  id TEXT PRIMARY KEY,
  reference TEXT NOT NULL,
  origin TEXT NOT NULL,
  lines BLOB NOT NULL,
  currency TEXT NOT NULL,
  total BIGINT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('open', 'taken', 'confirming', 'confirmed', 'refused', 'cancelled', 'expired')),
  request_key TEXT UNIQUE,
  request_digest BLOB NOT NULL
);
CREATE INDEX checkouts_by_end ON checkouts (expires) WHERE state IN ('open', 'taken');
CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  checkout TEXT NOT NULL UNIQUE REFERENCES checkouts(id),
  document BLOB NOT NULL,
  purchaser BLOB NOT NULL,
  expires BIGINT NOT NULL
);
CREATE TABLE countersigned_orders (
  order_id TEXT PRIMARY KEY REFERENCES orders(id),
  document BLOB NOT NULL,
  created BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt BIGINT,
  last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX countersigned_orders_pending ON countersigned_orders (next_attempt) WHERE next_attempt IS NOT NULL;
CREATE TABLE answers (
  order_id TEXT PRIMARY KEY REFERENCES countersigned_orders(order_id),
  kind TEXT NOT NULL CHECK (kind IN ('confirmation', 'refusal')),
  document BLOB NOT NULL,
  code TEXT NOT NULL,
  received BIGINT NOT NULL
);
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  event TEXT NOT NULL,
  checkout TEXT NOT NULL REFERENCES checkouts(id),
  body BLOB NOT NULL,
  created BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt BIGINT,
  delivered BIGINT,
  last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX webhooks_due ON webhooks (next_attempt) WHERE next_attempt IS NOT NULL;
)sql";

// Erasure leaves the digest of the signed consent in place of the consent.
constexpr std::string_view kSecond = R"sql(
ALTER TABLE consents ADD COLUMN document_digest BLOB;
ALTER TABLE consents ADD COLUMN erased BIGINT;
CREATE INDEX consents_by_age ON consents (given) WHERE erased IS NULL;
)sql";

// Dialogues with wallets in the browser, and what became of payments (never their data).
constexpr std::string_view kThird = R"sql(
ALTER TABLE checkouts ADD COLUMN purpose TEXT NOT NULL DEFAULT 'purchase';
ALTER TABLE checkouts ADD COLUMN fields TEXT NOT NULL DEFAULT '';
CREATE TABLE dialogues (
  checkout TEXT PRIMARY KEY REFERENCES checkouts(id),
  profile TEXT NOT NULL,
  merchant BLOB NOT NULL,
  purchaser BLOB NOT NULL,
  agreement BLOB NOT NULL,
  wallet_nonce BLOB NOT NULL,
  gateway_nonce BLOB NOT NULL,
  statement BLOB
);
CREATE TABLE payments (
  checkout TEXT NOT NULL REFERENCES checkouts(id),
  number BIGINT NOT NULL,
  method TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'approved', 'declined', 'abandoned', 'released')),
  authorization_id TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL DEFAULT '',
  asked BIGINT NOT NULL,
  PRIMARY KEY (checkout, number)
);
CREATE INDEX payments_approved ON payments (checkout) WHERE state = 'approved';
)sql";

constexpr std::string_view kFourth = R"sql(
CREATE INDEX payments_unanswered ON payments (checkout) WHERE state IN ('asked', 'abandoned');
)sql";

// When the release of a payment was last tried in vain.
constexpr std::string_view kFifth = R"sql(
ALTER TABLE payments ADD COLUMN release_tried BIGINT NOT NULL DEFAULT 0;
)sql";

// The identification that a purchase rests on.
constexpr std::string_view kSixth = R"sql(
ALTER TABLE checkouts ADD COLUMN identification TEXT NOT NULL DEFAULT '';
CREATE INDEX checkouts_by_identification ON checkouts (identification) WHERE identification <> '';
)sql";

// Whose payment it was: a purchaser is refused after many that were declined.
constexpr std::string_view kSeventh = R"sql(
ALTER TABLE payments ADD COLUMN purchaser TEXT NOT NULL DEFAULT '';
CREATE INDEX payments_by_purchaser ON payments (purchaser, asked);
)sql";

// What a wallet approves an order together with.
constexpr std::string_view kEighth = R"sql(
ALTER TABLE dialogues ADD COLUMN group_id TEXT NOT NULL DEFAULT '';
ALTER TABLE dialogues ADD COLUMN group_count BIGINT NOT NULL DEFAULT 0;
)sql";

// How a checkout's order may be paid.
constexpr std::string_view kNinth = R"sql(
ALTER TABLE checkouts ADD COLUMN profiles TEXT NOT NULL DEFAULT '';
)sql";

// Payments that are split with a card company (profile set): what was signed and sealed on both sides, never
// the data; and what is captured of those whose orders are confirmed,
// and given back.
constexpr std::string_view kTenth = R"sql(
CREATE TABLE split_payments (
  checkout TEXT NOT NULL,
  number BIGINT NOT NULL,
  instruction BLOB NOT NULL,
  signed_order BLOB NOT NULL,
  envelope BLOB NOT NULL,
  agreement BLOB NOT NULL,
  result BLOB,
  relayed BLOB,
  PRIMARY KEY (checkout, number),
  UNIQUE (checkout, instruction),
  FOREIGN KEY (checkout, number) REFERENCES payments(checkout, number)
);
CREATE TABLE captures (
  order_id TEXT PRIMARY KEY REFERENCES answers(order_id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'captured', 'failed')),
  extract BLOB,
  movement TEXT NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt BIGINT,
  last_error TEXT NOT NULL DEFAULT ''
);
CREATE TABLE refunds (
  id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES captures(order_id),
  amount BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'refunded', 'refused')),
  movement TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL DEFAULT '',
  request_key TEXT NOT NULL UNIQUE,
  created BIGINT NOT NULL
);
CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX captures_due ON captures (next_attempt) WHERE next_attempt IS NOT NULL;
)sql";

// Refunds without an answer are asked again by themselves.
constexpr std::string_view kEleventh = R"sql(
ALTER TABLE refunds ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN next_attempt BIGINT;
ALTER TABLE refunds ADD COLUMN last_error TEXT NOT NULL DEFAULT '';
UPDATE refunds SET next_attempt = created WHERE state = 'asked';
CREATE INDEX refunds_due ON refunds (next_attempt) WHERE next_attempt IS NOT NULL;
CREATE INDEX captures_failed ON captures (order_id) WHERE state = 'failed';
)sql";

// Places of confirmed orders in the public log.
constexpr std::string_view kTwelfth = R"sql(
CREATE TABLE receipts (
  order_id TEXT PRIMARY KEY REFERENCES answers(order_id),
  document BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'witnessed', 'unwitnessed')),
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt BIGINT,
  last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX receipts_due ON receipts (next_attempt) WHERE next_attempt IS NOT NULL;
)sql";

constexpr std::array kMigrations = {
    storage::Migration{1, kFirst},   storage::Migration{2, kSecond},    storage::Migration{3, kThird},
    storage::Migration{4, kFourth},  storage::Migration{5, kFifth},     storage::Migration{6, kSixth},
    storage::Migration{7, kSeventh}, storage::Migration{8, kEighth},    storage::Migration{9, kNinth},
    storage::Migration{10, kTenth},  storage::Migration{11, kEleventh}, storage::Migration{12, kTwelfth}};

}  // namespace

Result<void> migrate_gateway(storage::Database& database) {
  return database.migrate("merchant", kMigrations);
}

}  // namespace countersign::merchant
