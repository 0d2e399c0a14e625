// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"
#include "x509/certificate.h"

namespace countersign::authority {

enum class EnrolmentState { kAwaitingFetch, kAwaitingCompletion, kActive, kExpired, kObjected, kRevoked };
std::string_view enrolment_state_name(EnrolmentState state);  // "awaiting_fetch", …
std::optional<EnrolmentState> enrolment_state_of_name(std::string_view name);
// Whether the holder has not completed it yet and still can.
bool is_open(EnrolmentState state);

// One enrolment or renewal as it is stored. What is personal or secret lies sealed under keys outside of the
// database.
struct Enrolment {
  std::string id;  // UUIDv7
  std::string
      merchant;  // subject of the registering merchant; empty when the holder renews by its own request
  std::string consent_id;     // of the consent or, for the holder's own renewal, the hex nonce of the request
  Bytes consent_digest;       // SHA-256 of the consent's (or request's) bytes
  Bytes consent;              // its CMS, sealed under the holder's key
  std::string holder;         // uid
  std::string registered_by;  // merchant's subject that stands in the certificates
  EnrolmentState state = EnrolmentState::kAwaitingFetch;
  std::int64_t attempt = 1;  // grows with each restart
  Bytes token_digest;        // of the one-time token
  Bytes password_digest;     // of the mailed password, where it serves as code for keys made by the wallet
  Bytes objection_digest;    // of the code in the objection link
  Bytes suspension_digest;   // of the suspension code, once active
  std::string mail;          // id of the mail with the password
  Bytes key_file;            // sealed PKCS#12, until it is fetched
  x509::SerialNumber signing;
  x509::SerialNumber agreement;
  Bytes acceptance;  // the holder's signed acceptance
  TimePoint created{};
  TimePoint expires{};
  // SHA-256 of what was sealed to the agreement key; empty where that key signed its request.
  Bytes agreement_proof_digest;
  std::string mails_to_forget;  // ids of cancelled mails, one per line
  bool keys_to_destroy = false;
};

// EnrolmentStore keeps enrolments. Works within the caller's transaction.
class EnrolmentStore {
 public:
  static Result<EnrolmentStore> open(storage::Database& database);
  // kConflict when the same merchant applied with the same consent before.
  Result<void> add(storage::Transaction& transaction, const Enrolment& enrolment) const;
  // Writes everything that can change.
  Result<void> update(storage::Transaction& transaction, const Enrolment& enrolment) const;
  // kNotFound.
  Result<Enrolment> find(storage::Reader& reader, std::string_view id) const;
  Result<std::optional<Enrolment>> find_by_consent(storage::Reader& reader, std::string_view merchant,
                                                   std::string_view consent_id) const;
  Result<std::optional<Enrolment>> find_by_serial(storage::Reader& reader,
                                                  const x509::SerialNumber& serial) const;
  Result<std::vector<Enrolment>> find_by_holder(storage::Reader& reader, std::string_view uid) const;
  // Attempts at enrolments under an address that expire after `since`, of one merchant (empty: the holders'
  // own renewals) or of all merchants together.
  Result<std::int64_t> count_attempts(storage::Reader& reader, const Sha256Digest& email_digest,
                                      std::optional<std::string_view> merchant, TimePoint since) const;
  // By id, oldest first, after the id `after`.
  Result<std::vector<Enrolment>> list(storage::Reader& reader, std::optional<EnrolmentState> state,
                                      std::string_view after, int limit) const;
  Result<std::vector<Enrolment>> overdue(storage::Reader& reader, TimePoint now, int limit) const;
  Result<std::vector<Enrolment>> with_keys_to_destroy(storage::Reader& reader, int limit) const;
  // Ended without ever being completed, before `before`, with the consent still kept.
  Result<std::vector<Enrolment>> abandoned(storage::Reader& reader, TimePoint before, int limit) const;

 private:
  EnrolmentStore() = default;
};

}  // namespace countersign::authority
