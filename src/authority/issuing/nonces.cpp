// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/nonces.h"

#include <array>

namespace countersign::authority {

namespace {

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE used_nonce (
  nonce BLOB NOT NULL PRIMARY KEY,
  used BIGINT NOT NULL
);
CREATE INDEX used_nonce_by_time ON used_nonce (used);
)sql"}};

}  // namespace

Result<void> is_timely(TimePoint stated, TimePoint now) {
  if (stated > now + kRequestWindow || stated < now - kRequestWindow) {
    return fail(ErrorCode::kClockSkew,
                "the request's time " + format_time(stated) + " is too far from " + format_time(now));
  }
  return ok();
}

Result<Nonces> Nonces::open(storage::Database& database) {
  TRY(database.migrate("nonces", kMigrations));
  return Nonces();
}

Result<void> Nonces::use(storage::Transaction& transaction, const Sha256Digest& nonce, TimePoint now) const {
  TRY(const auto row,
      transaction.query_one("SELECT used FROM used_nonce WHERE nonce = $1", {to_bytes(nonce)}));
  if (row) return fail(ErrorCode::kConflict, "this request was received before");
  TRY(transaction.execute("INSERT INTO used_nonce (nonce, used) VALUES ($1, $2)",
                          {to_bytes(nonce), unix_seconds(now)}));
  return ok();
}

Result<void> Nonces::sweep(storage::Transaction& transaction, TimePoint now) const {
  TRY(transaction.execute("DELETE FROM used_nonce WHERE used < $1",
                          {unix_seconds(now - 3 * kRequestWindow)}));
  return ok();
}

}  // namespace countersign::authority
