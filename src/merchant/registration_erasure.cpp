// SPDX-License-Identifier: Apache-2.0
#include "merchant/registration_erasure.h"

#include <algorithm>

#include "crypto/digest.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

constexpr int kBatch = 200;

bool is_same_address(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Result<std::string> address_in(const StoredConsent& consent) {
  TRY(const auto cms, x509::UnverifiedCms::parse(consent.document));  // our own, from our own store
  TRY(auto content, documents::parse_consent(cms.unverified_content()));
  return std::move(content.email);
}

Result<void> erase(storage::Database& database, const std::vector<StoredConsent>& consents, TimePoint now) {
  if (consents.empty()) return ok();
  return database.write([&](storage::Transaction& transaction) -> Result<void> {
    for (const auto& consent : consents) {
      TRY(erase_consent(transaction, consent.id, crypto::sha256(consent.document), now));
    }
    return ok();
  });
}

}  // namespace

Result<int> erase_registrations_of(storage::Database& database, std::string_view email, TimePoint now) {
  int erased = 0;
  std::string after;
  for (;;) {
    std::vector<StoredConsent> page;
    TRY(database.read([&](storage::Reader& reader) -> Result<void> {
      TRY(page, list_consents(reader, after, kBatch));
      return ok();
    }));
    if (page.empty()) return erased;
    after = page.back().id;
    std::vector<StoredConsent> found;
    for (auto& consent : page) {
      TRY(const auto address, address_in(consent));
      if (is_same_address(address, email)) found.push_back(std::move(consent));
    }
    TRY(erase(database, found, now));
    erased += static_cast<int>(found.size());
  }
}

Result<int> erase_registrations_before(storage::Database& database, TimePoint given_before, TimePoint now) {
  int erased = 0;
  for (;;) {
    std::vector<StoredConsent> due;
    TRY(database.read([&](storage::Reader& reader) -> Result<void> {
      TRY(due, list_consents_before(reader, given_before, kBatch));
      return ok();
    }));
    if (due.empty()) return erased;
    TRY(erase(database, due, now));
    erased += static_cast<int>(due.size());
  }
}

}  // namespace countersign::merchant
