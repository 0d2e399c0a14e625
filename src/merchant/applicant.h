// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "merchant/authority_access.h"
#include "merchant/identity.h"
#include "merchant/network.h"

namespace countersign::merchant {

// Who applies, and for which names.
struct ApplicantProfile {
  std::string name;  // CN below OU=merchants of the data centre
  std::string email, contact, telephone;
  x509::AlternativeNames names;  // hosts of the gateway and origins of the shop
  std::optional<unsigned short> challenge_port;
};

enum class ApplicantState { kIdle, kAwaitingChallenge, kAwaitingApproval, kIssued };
std::string_view applicant_state_name(ApplicantState state);

// Applicant obtains and renews the gateway's certificate (docs/protocols/merchant-certificate.md). The
// application under way is kept in `application.json` of the gateway's folder, so that a restart goes on with
// it. Thread-safe.
class Applicant {
 public:
  Applicant(const std::filesystem::path& folder, ApplicantProfile profile, Identity& identity,
            CertificateAccess& authority, const NetworkView& network, const Clock& clock);

  // Sends the application. kConflict while one is under way, or when there is a certificate.
  Result<void> submit();
  // Does the next step: has the challenge looked at, asks how far the application is, installs what was
  // issued. kForbidden when the authority rejected it, kExpired when it lapsed: then a new one may be
  // submitted.
  Result<ApplicantState> advance();
  // The key authorization for a challenge token (RFC 8555 §8.1), while an application or a renewal waits for
  // it.
  std::optional<std::string> answer_challenge(std::string_view token) const;

  // Renews the certificate with a new key, by a request signed with the old one; shows control of the origins
  // where the authority asks for it again. Success leaves the new one installed.
  Result<void> renew();
  // Puts the CA's certificate below the root that the network has passed to beside the gateway's own, so that
  // who has that root alone can verify what the gateway signs.
  Result<void> follow_ca();
  // Whether less than a third of the certificate's life is left and the last failure is ten minutes ago.
  bool is_renewal_due() const;

 private:
  Result<std::optional<ApplicationTicket>> load_ticket() const;
  void forget_ticket() const;
  Result<x509::Name> subject() const;
  Result<void> try_to_renew();
  Result<Bytes> write_renewal(const x509::Signer& signer, const crypto::PrivateKey& next_key) const;
  Result<x509::Certificate> prove_and_repeat(BytesView renewal, const std::string& token,
                                             const crypto::PrivateKey& next_key);
  Result<void> install(const x509::Certificate& certificate);

  const std::filesystem::path file_;
  const std::filesystem::path renewal_file_;  // the challenge of a renewal, for whichever process serves
  const ApplicantProfile profile_;
  Identity& identity_;
  CertificateAccess& authority_;
  const NetworkView& network_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // one step at a time; guards what follows
  TimePoint renew_after_{};
};

}  // namespace countersign::merchant
