// SPDX-License-Identifier: Apache-2.0
#include "merchant/api_keys.h"

#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kPrefix = "csk_";
constexpr std::size_t kIdDigits = 16;

ApiKey key_of(const storage::Row& row) {
  ApiKey key{row.text(0), row.text(1), from_unix_seconds(row.integer(2)), std::nullopt};
  if (!row.is_null(3)) key.revoked = from_unix_seconds(row.integer(3));
  return key;
}

}  // namespace

Result<NewApiKey> create_api_key(storage::Database& database, std::string_view label, TimePoint now) {
  if (label.empty() || label.size() > 64) return fail(ErrorCode::kMalformed, "label: 1–64 characters");
  NewApiKey created{{hex_encode(crypto::random_bytes(kIdDigits / 2)), std::string(label), now, std::nullopt},
                    ""};
  created.text = std::string(kPrefix) + created.key.id + "_" + crypto::random_token();
  TRY(database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("INSERT INTO api_keys (id, label, digest, created) VALUES ($1, $2, $3, $4)",
                            {created.key.id, created.key.label,
                             to_bytes(crypto::sha256(as_bytes(created.text))), unix_seconds(now)}));
    return ok();
  }));
  return created;
}

Result<std::vector<ApiKey>> list_api_keys(storage::Database& database) {
  std::vector<ApiKey> keys;
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows,
        reader.query("SELECT id, label, created, revoked FROM api_keys ORDER BY created, id LIMIT 1000", {}));
    for (const auto& row : rows) keys.push_back(key_of(row));
    return ok();
  }));
  return keys;
}

Result<void> revoke_api_key(storage::Database& database, std::string_view id, TimePoint now) {
  return database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed,
        transaction.execute("UPDATE api_keys SET revoked = COALESCE(revoked, $2) WHERE id = $1",
                            {std::string(id), unix_seconds(now)}));
    if (changed == 0) return fail(ErrorCode::kNotFound, "API key " + std::string(id));
    return ok();
  });
}

Result<ApiKey> verify_api_key(storage::Database& database, std::string_view text) {
  const auto refused = [] { return fail(ErrorCode::kUnauthenticated, "no valid API key"); };
  if (!text.starts_with(kPrefix) || text.size() < kPrefix.size() + kIdDigits) return refused();
  std::optional<storage::Row> row;
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(row, reader.query_one("SELECT id, label, created, revoked, digest FROM api_keys WHERE id = $1",
                              {std::string(text.substr(kPrefix.size(), kIdDigits))}));
    return ok();
  }));
  if (!row || !crypto::equal_constant_time(row->blob(4), crypto::sha256(as_bytes(text)))) return refused();
  ApiKey key = key_of(*row);
  if (key.revoked) return refused();
  return key;
}

}  // namespace countersign::merchant
