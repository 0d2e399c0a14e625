// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"

namespace countersign::enterprise {

// Who bears a credential: a person, or software of the enterprise that acts for people.
enum class Bearer { kPerson, kSoftware };

// What may be done with purchase orders under a credential. Everybody who has one may read.
struct Rights {
  bool ask = false, approve = false;
};

// Credential is a key to the purchase orders, without the secret. API keys of shops are none: partners hold
// these, too. Whoever bears one of two with the same name is the same person.
struct Credential {
  std::string id;    // 16 hex digits, part of the key's text
  std::string name;  // 1–64 octets
  Bearer bearer = Bearer::kPerson;
  Rights rights;
  TimePoint created;
  std::optional<TimePoint> revoked;
};

// create_credential makes one and returns its text, "csp_<id>_<256 random bits>": shown once, stored as
// SHA-256 only. kMalformed for a bad name, for no right, and for software that would approve; kConflict for a
// name that is known in another spelling, upper and lower case of ASCII apart, or of another kind of bearer.
struct NewCredential {
  Credential credential;
  std::string text;
};
Result<NewCredential> create_credential(storage::Database& database, std::string_view name, Bearer bearer,
                                        Rights rights, TimePoint now);
Result<std::vector<Credential>> list_credentials(storage::Database& database);
// Takes effect with the next request; approvals given with it count no more. kNotFound.
Result<void> revoke_credential(storage::Database& database, std::string_view id, TimePoint now);
// The credential that `text` is; kUnauthenticated for anything else and for a revoked one.
Result<Credential> verify_credential(storage::Database& database, std::string_view text);
// Whether a person of this name holds a credential that is not revoked.
Result<bool> is_known_person(storage::Reader& reader, std::string_view name);

}  // namespace countersign::enterprise
