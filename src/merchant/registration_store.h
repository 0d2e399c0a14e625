// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "documents/consent.h"
#include "storage/database.h"

namespace countersign::merchant {

// A consent as the merchant signed it: the evidence of K5. Of an erased one document, key and digest are
// empty.
struct StoredConsent {
  std::string id;
  documents::ConsentKind kind = documents::ConsentKind::kEnrolment;
  Bytes document;  // DER CMS
  TimePoint given;
  std::string request_key;  // what makes repeats of the same request one, or empty
  Bytes request_digest;
  std::string enrolment;  // the authority's id once it granted one, or empty
};

Result<void> insert_consent(storage::Transaction& transaction, const StoredConsent& consent);
Result<std::optional<StoredConsent>> find_consent(storage::Reader& reader, std::string_view id);
Result<std::optional<StoredConsent>> find_consent_by_request(storage::Reader& reader, std::string_view key);
// Those not erased: in order of id from after one; the oldest that were given before a time.
Result<std::vector<StoredConsent>> list_consents(storage::Reader& reader, std::string_view after, int limit);
Result<std::vector<StoredConsent>> list_consents_before(storage::Reader& reader, TimePoint given, int limit);
// Takes out everything in which the address stands or from which it could be guessed.
Result<void> erase_consent(storage::Transaction& transaction, std::string_view id,
                           const Sha256Digest& document_digest, TimePoint now);
struct ErasedConsent {
  Bytes document_digest;  // SHA-256 of the CMS that was erased
  TimePoint erased;
};
Result<std::optional<ErasedConsent>> find_erased_consent(storage::Reader& reader, std::string_view id);
// Remembers what the authority granted on this consent; repeatable.
Result<void> record_enrolment(storage::Transaction& transaction, std::string_view consent,
                              std::string_view enrolment, TimePoint expires);

}  // namespace countersign::merchant
