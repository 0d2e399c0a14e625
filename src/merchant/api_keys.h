// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"

namespace countersign::merchant {

// ApiKey is a shop's right to use the API, without the secret.
struct ApiKey {
  std::string id;     // 16 hex digits, part of the key's text
  std::string label;  // whose it is, 1–64 characters
  TimePoint created;
  std::optional<TimePoint> revoked;
};

// create_api_key makes a key and returns its text, "csk_<id>_<256 random bits>": shown once, stored as
// SHA-256 only. Rotate by creating a second one, changing the shop over, and revoking the first.
struct NewApiKey {
  ApiKey key;
  std::string text;
};
Result<NewApiKey> create_api_key(storage::Database& database, std::string_view label, TimePoint now);
Result<std::vector<ApiKey>> list_api_keys(storage::Database& database);
// Takes effect with the next request. kNotFound.
Result<void> revoke_api_key(storage::Database& database, std::string_view id, TimePoint now);
// The key that `text` is; kUnauthenticated for anything else and for a revoked one.
Result<ApiKey> verify_api_key(storage::Database& database, std::string_view text);

}  // namespace countersign::merchant
