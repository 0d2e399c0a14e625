// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authority/issuing/application_form.h"
#include "base/clock.h"
#include "storage/database.h"

namespace countersign::authority {

enum class ApplicationState { kAwaitingChallenge, kAwaitingApproval, kIssued, kRejected, kExpired };
std::string_view application_state_name(ApplicationState state);  // "awaiting_challenge", …
std::optional<ApplicationState> application_state_of_name(std::string_view name);

// A merchant's application as it is stored. Contact data, private key and key file lie sealed; their keys are
// outside of the database.
struct Application {
  std::string id;  // UUIDv7
  ApplicationState state = ApplicationState::kAwaitingChallenge;
  std::string reason;  // why rejected: an error's wire name or the operator's words
  std::string subject;
  Sha256Digest secret_digest{};
  Bytes spki;
  x509::KeyOrigin key_origin = x509::KeyOrigin::kHolder;
  std::vector<std::string> origins;
  std::string challenge_token;
  unsigned short challenge_port = 0;
  Bytes contact;       // sealed MerchantContact
  Bytes private_key;   // sealed PKCS#8 of a key made here, until the certificate is issued
  Bytes key_file;      // sealed PKCS#12, until it is fetched
  std::string mail;    // id of the password's mail, until its time is over
  std::string serial;  // hex, of the certificate issued
  TimePoint created{};
  TimePoint proved{};   // when control of the origins was last shown; the epoch before
  TimePoint expires{};  // of the step that is due: proof, decision, or the delivery of a key made here
  bool keys_to_destroy = false;  // short-lived keys outside of the database are no longer needed
};

// ApplicationStore keeps applications. Works within the caller's transaction.
class ApplicationStore {
 public:
  static Result<ApplicationStore> open(storage::Database& database);
  Result<void> add(storage::Transaction& transaction, const Application& application) const;
  // Writes everything that can change: state, reason, sealed parts, mail, serial, times, keys_to_destroy.
  Result<void> update(storage::Transaction& transaction, const Application& application) const;
  // kNotFound.
  Result<Application> find(storage::Reader& reader, std::string_view id) const;
  // Oldest first, after the id `after`; those of one state when given.
  Result<std::vector<Application>> list(storage::Reader& reader, std::optional<ApplicationState> state,
                                        std::string_view after, int limit) const;
  // Whether an application for this subject has shown control of its origins and waits for approval.
  Result<bool> is_pending(storage::Reader& reader, std::string_view subject) const;
  // The newest issued one of a subject.
  Result<std::optional<Application>> find_issued(storage::Reader& reader, std::string_view subject) const;
  // Open ones whose time is over and issued ones whose time to deliver the key is; those with keys to
  // destroy.
  Result<std::vector<Application>> overdue(storage::Reader& reader, TimePoint now, int limit) const;
  Result<std::vector<Application>> with_keys_to_destroy(storage::Reader& reader, int limit) const;

 private:
  ApplicationStore() = default;
};

}  // namespace countersign::authority
